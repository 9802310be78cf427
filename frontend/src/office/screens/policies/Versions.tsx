import type { ResultOf } from "../../../shared/graphql/graphql";
import { useLanguage } from "../../../shared/i18n/i18n";
import { PolicyText } from "../../../shared/policy/PolicyText";
import { calendarDate, stamp } from "../../../shared/time/format";
import { useTimeZone } from "../../../shared/time/zone";
import type { VersionFields } from "./fields";
import { standingOf } from "./upcoming";
import { usePoliciesWords } from "./words";

type Version = ResultOf<typeof VersionFields>;

/** Every text that was ever published, newest first; none of them changes. */
export function Versions(props: { versions: readonly Version[]; current: number }) {
  const t = usePoliciesWords();
  return (
    <section aria-labelledby="versions" className="grid gap-3">
      <h2 id="versions" className="caption">
        {t("versions")}
      </h2>
      <ol className="sheet px-4 sm:px-5">
        {props.versions.map((version) => (
          <li key={version.id} className="grid gap-1 border-b border-line py-4 last:border-0">
            <Entry version={version} standing={standingOf(version, props.versions, props.current)} />
          </li>
        ))}
      </ol>
    </section>
  );
}

function Entry(props: { version: Version; standing: ReturnType<typeof standingOf> }) {
  const { version, standing } = props;
  const t = usePoliciesWords();
  const { locale } = useLanguage();
  const zone = useTimeZone();
  const date = calendarDate(version.effectiveFrom, locale);
  const time = stamp(new Date(version.publishedAt), zone, locale);
  return (
    <>
      <h3 className="text-[0.9375rem]">
        <span className="font-semibold">{t("version", { number: version.number })}</span>
        {" · "}
        <span className={standing === "inEffect" ? "tone-good" : standing === "willBe" ? "tone-warn" : "text-ink-soft"}>
          {standing === "overtaken" ? t(standing) : t(standing, { date })}
        </span>
      </h3>
      <p className="text-sm text-ink-soft">
        {version.publishedBy ? t("published", { time, name: version.publishedBy.name }) : t("publishedAt", { time })}
        {version.number > 1 && ` · ${t(version.material ? "material" : "cosmetic")}`}
      </p>
      {version.changeNote && <p className="text-[0.9375rem]">{t("changed", { note: version.changeNote })}</p>}
      <details>
        <summary className="w-fit min-h-6 text-sm text-accent">
          {t("showText")}
          <span className="sr-only">: {t("version", { number: version.number })}</span>
        </summary>
        <div className="mt-3 grid gap-3 border-l-2 border-line pl-4">
          <p className="font-semibold">{version.title}</p>
          <PolicyText html={version.bodyHtml} under={3} />
          <p className="text-xs text-ink-soft">
            {t("fingerprint")}: <code>{version.textHash}</code>
          </p>
        </div>
      </details>
    </>
  );
}
