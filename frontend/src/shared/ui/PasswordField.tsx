import { type InputHTMLAttributes, type ReactNode, type Ref, useState } from "react";
import { useT } from "../i18n/i18n";
import { Field } from "./Field";

/** A password: pasting and password managers always work; it can be shown while typing. */
export function PasswordField(
  props: Omit<InputHTMLAttributes<HTMLInputElement>, "type"> & {
    id?: string;
    label: string;
    hint?: ReactNode;
    error?: string | undefined;
    ref?: Ref<HTMLInputElement>;
  },
) {
  const { label, hint, error, id, ...input } = props;
  const t = useT();
  const [shown, setShown] = useState(false);
  return (
    <Field label={label} hint={hint} error={error} id={id}>
      {(wiring) => (
        <div className="relative">
          <input
            spellCheck={false}
            autoCapitalize="none"
            autoCorrect="off"
            {...input}
            {...wiring}
            type={shown ? "text" : "password"}
            className="input pr-20"
          />
          <button
            type="button"
            className="absolute inset-y-0 right-0 min-w-16 rounded-box px-3 text-sm font-semibold text-accent"
            aria-controls={wiring.id}
            aria-describedby={`${wiring.id}-label`}
            onClick={() => setShown(!shown)}
          >
            {shown ? t("password.hide") : t("password.show")}
          </button>
        </div>
      )}
    </Field>
  );
}
