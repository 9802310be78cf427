import { useWords } from "../../../shared/i18n/words";
import { CheckField } from "../../../shared/ui/Field";
import type { Permission } from "../../session/session";
import { words } from "./words";

export const allPermissions = [
  "FAMILIES_READ",
  "FAMILIES_WRITE",
  "PASSWORD_RESET_SEND",
  "SMS_SPEND",
  "POLICIES_MANAGE",
  "AUDIT_READ",
  "SETTINGS_MANAGE",
  "API_EXPLORE",
] as const satisfies readonly Permission[];

/** What a staff member may do, in plain words. What the viewer can't give is not offered, but can be taken away. */
export function Rights(props: {
  granted: readonly Permission[];
  owner: boolean;
  mine: readonly Permission[];
  iAmOwner: boolean;
  onChange: (granted: Permission[], owner: boolean) => void;
}) {
  const w = useWords(words);
  const { granted, owner, mine, iAmOwner, onChange } = props;
  return (
    <fieldset className="grid gap-3">
      <legend className="mb-2 text-[0.9375rem] font-semibold">{w("permissions")}</legend>
      {iAmOwner && (
        <CheckField
          label={w("owner")}
          hint={w("ownerHint")}
          checked={owner}
          onChange={(event) => onChange([...granted], event.target.checked)}
        />
      )}
      {!owner &&
        allPermissions
          .filter((p) => iAmOwner || mine.includes(p) || granted.includes(p))
          .map((p) => (
            <CheckField
              key={p}
              label={w(p)}
              hint={w(`${p}_hint`)}
              checked={granted.includes(p)}
              onChange={(event) =>
                onChange(event.target.checked ? [...granted, p] : granted.filter((g) => g !== p), owner)
              }
            />
          ))}
    </fieldset>
  );
}
