import { lazy } from "react";
import { useLanguage } from "../../../shared/i18n/i18n";
import { calendarDate } from "../../../shared/time/format";
import { Lazy } from "../../../shared/ui/Lazy";
import { PageTitle } from "../../../shared/ui/page";
import { Bone, Waiting } from "../../../shared/ui/wait";
import type { BusinessFacts, Guardian } from "../../api/portal";
import { useT } from "../../i18n";

const AcceptedPolicies = lazy(() => import("../policies/AcceptedPolicies"));

/** The guardian's own family, plainly. */
export function HomeScreen(props: { guardian: Guardian; business: BusinessFacts }) {
  const t = useT();
  const { locale } = useLanguage();
  const { family } = props.guardian;
  return (
    <div className="grid gap-8">
      <div className="grid gap-1">
        <PageTitle>{t("home.title", { name: family.name })}</PageTitle>
        <p className="text-ink-soft">{t("home.welcome", { name: props.guardian.name })}</p>
      </div>
      <section aria-labelledby="students">
        <h2 id="students" className="caption border-b border-line-strong pb-2">
          {t("home.students")}
        </h2>
        {family.students.length === 0 && <p className="pt-3 text-ink-soft">{t("home.noStudents")}</p>}
        <ul>
          {family.students.map((student) => (
            <li key={student.id} className="flex flex-wrap justify-between gap-x-4 border-b border-line py-3">
              <span className="font-medium">{student.name}</span>
              {student.birthDate && (
                <span className="text-ink-soft">
                  {t("home.born", { date: calendarDate(student.birthDate, locale) })}
                </span>
              )}
            </li>
          ))}
        </ul>
      </section>
      <Lazy fallback={<Waiting skeleton={<Bone className="h-24" />} onRetry={() => window.location.reload()} />}>
        <AcceptedPolicies business={props.business} />
      </Lazy>
      <section aria-labelledby="guardians">
        <h2 id="guardians" className="caption border-b border-line-strong pb-2">
          {t("home.guardians")}
        </h2>
        <ul>
          {family.guardians.map((guardian) => (
            <li key={guardian.id} className="border-b border-line py-3">
              {guardian.name}{" "}
              {guardian.id === props.guardian.id && <span className="text-ink-soft">{t("home.you")}</span>}
            </li>
          ))}
        </ul>
      </section>
    </div>
  );
}
