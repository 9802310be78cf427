import { Pencil, TriangleAlert } from "lucide-react";
import { Link } from "wouter";
import { type FragmentOf, graphql, readFragment } from "../../../shared/graphql/graphql";
import { formatPhone } from "../../../shared/phone";
import { Tip } from "../../../shared/ui/Tip";
import { useT } from "../../i18n";
import { CanLogInFlag } from "../../parts/CanLogInFlag";
import { PoliciesMark } from "../../parts/PoliciesMark";

export const FamilyRowFields = graphql(`
  fragment FamilyRow on Family {
    id
    name
    policiesMissing
    guardians {
      id
      name
      email
      phone
      canLogIn
      contactMarks {
        channel
      }
    }
  }
`);

/** One family in the list. Only name and pencil are links, so that text in the row can be selected. */
export function FamilyRow(props: { family: FragmentOf<typeof FamilyRowFields>; href: string }) {
  const t = useT();
  const family = readFragment(FamilyRowFields, props.family);
  const first = family.guardians[0];
  return (
    <tr role="row">
      <td role="cell" className="sm:w-[20%]">
        <Link
          href={props.href}
          className="link font-semibold max-sm:-my-2.5 max-sm:inline-block max-sm:py-2.5 max-sm:pr-10"
        >
          {family.name}
        </Link>
      </td>
      <td role="cell" data-label={t("families.guardians")}>
        {family.guardians.length === 0 ? (
          <span className="text-ink-soft">{t("families.noGuardians")}</span>
        ) : (
          <ul className="grid gap-1">
            {family.guardians.map((guardian) => (
              <li key={guardian.id} className="flex flex-wrap items-center gap-x-2 gap-y-0.5">
                {guardian.name}
                {guardian.canLogIn && <CanLogInFlag on />}
                {guardian.contactMarks.map(({ channel }) => (
                  <span key={channel} className="inline-flex items-center gap-1 text-sm tone-bad">
                    <TriangleAlert aria-hidden className="size-4 flex-none" />
                    {t(`families.marked.${channel}`)}
                  </span>
                ))}
              </li>
            ))}
          </ul>
        )}
      </td>
      <td role="cell" data-label={t("families.contact")}>
        {first?.phone || first?.email ? (
          <>
            {first.phone && <span className="block whitespace-nowrap tabular-nums">{formatPhone(first.phone)}</span>}
            {first.email && <span className="block text-ink-soft">{first.email}</span>}
          </>
        ) : (
          <span className="text-ink-soft">{t("families.noContact")}</span>
        )}
      </td>
      <td role="cell" data-label={t("families.policies")} className="whitespace-nowrap">
        <PoliciesMark missing={family.policiesMissing} />
      </td>
      <td role="cell" className="w-14 max-sm:absolute max-sm:top-0.5 max-sm:right-1.5 sm:!py-px sm:text-right">
        <Tip text={t("action.edit")}>
          <Link
            href={props.href}
            className="button"
            data-size="icon"
            aria-label={t("families.edit", { name: family.name })}
          >
            <Pencil aria-hidden className="size-[1.125rem]" />
          </Link>
        </Tip>
      </td>
    </tr>
  );
}
