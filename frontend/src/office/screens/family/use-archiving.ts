import { useState } from "react";
import { type FragmentOf, readFragment } from "../../../shared/graphql/graphql";
import { announce } from "../../../shared/ui/announce";
import { problemOf } from "../../api/problem";
import { useT } from "../../i18n";
import { SaveErrorFields } from "./fields";
import { useArchiveFamily } from "./mutations/use-archive-family";
import { useArchiveGuardian } from "./mutations/use-archive-guardian";
import { useArchiveStudent } from "./mutations/use-archive-student";
import { useRestoreFamily } from "./mutations/use-restore-family";
import { useRestoreGuardian } from "./mutations/use-restore-guardian";
import { useRestoreStudent } from "./mutations/use-restore-student";

type Kind = "family" | "guardian" | "student";
interface Thing {
  id: string;
  name: string;
  version: number;
}
export interface Archived extends Thing {
  kind: Kind;
}

type Payload = { version: number } | null | undefined;

/** Archives and brings back; what was archived last can be undone as long as the page stays open. */
export function useArchiving(onChanged: () => void) {
  const t = useT();
  const [archived, setArchived] = useState<Archived | null>(null);
  const [failure, setFailure] = useState("");
  const [, archiveFamily] = useArchiveFamily();
  const [, archiveGuardian] = useArchiveGuardian();
  const [, archiveStudent] = useArchiveStudent();
  const [, restoreFamily] = useRestoreFamily();
  const [, restoreGuardian] = useRestoreGuardian();
  const [, restoreStudent] = useRestoreStudent();

  async function call(kind: Kind, { id, version }: Thing, back: boolean): Promise<number | null> {
    const answer = await run();
    setFailure(answer.version === undefined ? answer.failure : "");
    if (answer.version !== undefined) onChanged();
    return answer.version ?? null;

    async function run() {
      switch (kind) {
        case "family": {
          const input = { familyId: id, version };
          if (back) {
            const { data, error } = await restoreFamily({ input });
            return read(data?.restoreFamily.family, data?.restoreFamily.errors, error);
          }
          const { data, error } = await archiveFamily({ input });
          return read(data?.archiveFamily.family, data?.archiveFamily.errors, error);
        }
        case "guardian": {
          const input = { guardianId: id, version };
          if (back) {
            const { data, error } = await restoreGuardian({ input });
            return read(data?.restoreGuardian.guardian, data?.restoreGuardian.errors, error);
          }
          const { data, error } = await archiveGuardian({ input });
          return read(data?.archiveGuardian.guardian, data?.archiveGuardian.errors, error);
        }
        case "student": {
          const input = { studentId: id, version };
          if (back) {
            const { data, error } = await restoreStudent({ input });
            return read(data?.restoreStudent.student, data?.restoreStudent.errors, error);
          }
          const { data, error } = await archiveStudent({ input });
          return read(data?.archiveStudent.student, data?.archiveStudent.errors, error);
        }
      }
    }
  }

  function read(
    result: Payload,
    errors: readonly FragmentOf<typeof SaveErrorFields>[] | undefined,
    error: Parameters<typeof problemOf>[0] | undefined,
  ): { version?: number; failure: string } {
    if (result) return { version: result.version, failure: "" };
    const [refused] = readFragment(SaveErrorFields, errors ?? []);
    return { failure: error ? t(`problem.${problemOf(error).kind}`) : (refused?.message ?? t("problem.server")) };
  }

  return {
    archived,
    failure,
    async archive(kind: Kind, thing: Thing) {
      const version = await call(kind, thing, false);
      if (version === null) return;
      setArchived({ ...thing, kind, version });
      announce(t("archive.done", { name: thing.name }));
    },
    async restore(kind: Kind, thing: Thing) {
      const version = await call(kind, thing, true);
      if (version === null) return;
      setArchived(null);
      announce(t("archive.restored", { name: thing.name }));
    },
  };
}
