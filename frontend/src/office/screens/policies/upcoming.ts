interface Version {
  number: number;
  /** Calendar date. */
  effectiveFrom: string;
}

/**
 * How a version stands. One that was published later and is in effect earlier overtakes it: that is how the office
 * mends a mistaken date.
 */
export function standingOf(version: Version, all: readonly Version[], current: number) {
  if (version.number === current) return "inEffect";
  const later = all.filter((other) => other.number > version.number);
  if (version.number > current) {
    return later.some((other) => other.effectiveFrom <= version.effectiveFrom) ? "overtaken" : "willBe";
  }
  return later.some((other) => other.effectiveFrom < version.effectiveFrom) ? "overtaken" : "was";
}

/** The version that comes into effect next; null without one. */
export function upcoming<V extends Version>(policy: {
  current: { number: number } | null;
  versions: readonly V[];
  retired: boolean;
}): V | null {
  if (policy.retired) return null;
  const current = policy.current?.number ?? 0;
  const coming = policy.versions.filter((version) => standingOf(version, policy.versions, current) === "willBe");
  return coming.sort((a, b) => a.number - b.number)[0] ?? null;
}
