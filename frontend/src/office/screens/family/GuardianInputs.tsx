import { useLanguage } from "../../../shared/i18n/i18n";
import { languageName } from "../../../shared/i18n/locale";
import { CheckField, SelectField, TextField } from "../../../shared/ui/Field";
import { useT } from "../../i18n";
import { useSession } from "../../session/session";
import type { GuardianValues } from "./guardian-values";
import { TheirValue } from "./TheirValue";

/** The fields of a guardian, in the card's place or for a new one. */
export function GuardianInputs(props: {
  /** Makes the ids of the controls unique on the page. */
  id: string;
  values: GuardianValues;
  theirs: GuardianValues | null;
  errors: Record<string, string>;
  couldLogIn: boolean;
  set: <K extends keyof GuardianValues>(key: K, value: GuardianValues[K]) => void;
}) {
  const t = useT();
  const { locale } = useLanguage();
  const { business } = useSession();
  const { values, theirs, errors, set } = props;
  const languages = [...new Set([...business.locales, values.locale])].filter(Boolean);

  const text = (key: "name" | "relation" | "email" | "phone") => ({
    id: `${props.id}-${key}`,
    value: values[key],
    error: errors[key],
    autoComplete: "off",
    onChange: (event: { target: { value: string } }) => set(key, event.target.value),
  });
  const their = (key: "name" | "relation" | "email" | "phone") => (
    <TheirValue mine={values[key]} theirs={theirs?.[key]} onTake={(value) => set(key, value)} />
  );
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      <div>
        <TextField label={t("guardian.name")} maxLength={120} {...text("name")} />
        {their("name")}
      </div>
      <div>
        <TextField label={t("guardian.relation")} optional={t("form.optional")} maxLength={60} {...text("relation")} />
        {their("relation")}
      </div>
      <div>
        <TextField label={t("guardian.email")} type="email" spellCheck={false} maxLength={254} {...text("email")} />
        {their("email")}
      </div>
      <div>
        <TextField label={t("guardian.phone")} type="tel" maxLength={40} {...text("phone")} />
        {their("phone")}
      </div>
      <SelectField
        id={`${props.id}-locale`}
        label={t("guardian.language")}
        hint={t("guardian.languageHint")}
        error={errors.locale}
        value={values.locale}
        onChange={(event) => set("locale", event.target.value)}
      >
        {languages.map((tag) => (
          <option key={tag} value={tag}>
            {languageName(tag, locale)}
          </option>
        ))}
      </SelectField>
      <div>
        <CheckField
          label={t("guardian.canLogIn")}
          hint={props.couldLogIn && !values.canLogIn ? t("guardian.loginOff") : t("guardian.loginHint")}
          checked={values.canLogIn}
          onChange={(event) => set("canLogIn", event.target.checked)}
        />
        {errors.canLogIn && <p className="mt-1 text-sm font-medium text-bad">{errors.canLogIn}</p>}
      </div>
    </div>
  );
}
