import {
  type InputHTMLAttributes,
  type ReactNode,
  type Ref,
  type SelectHTMLAttributes,
  type TextareaHTMLAttributes,
  useId,
} from "react";

interface Wiring {
  id: string;
  "aria-describedby": string | undefined;
  "aria-invalid": true | undefined;
}

interface Frame {
  label: ReactNode;
  hint?: ReactNode;
  error?: string | undefined;
  /** Said after the label of a field that may stay empty. */
  optional?: string;
  /** Keeps the label for screen readers only, where the surroundings say it already. */
  hideLabel?: boolean;
  id?: string | undefined;
  className?: string;
}

/** Label above, hint below it, then the control, then its error: always in this order. */
export function Field(props: Frame & { children: (wiring: Wiring) => ReactNode }) {
  const own = useId();
  const id = props.id ?? own;
  const describedBy = [props.hint && `${id}-hint`, props.error && `${id}-error`].filter(Boolean).join(" ");
  return (
    <div className={`grid min-w-0 gap-1 ${props.className ?? ""}`}>
      <label id={`${id}-label`} htmlFor={id} className={props.hideLabel ? "sr-only" : "text-[0.9375rem] font-semibold"}>
        {props.label}
        {props.optional && <span className="font-normal text-ink-soft"> {props.optional}</span>}
      </label>
      {props.hint && (
        <p id={`${id}-hint`} className="text-sm text-ink-soft">
          {props.hint}
        </p>
      )}
      {props.children({
        id,
        "aria-describedby": describedBy || undefined,
        "aria-invalid": props.error ? true : undefined,
      })}
      {props.error && (
        <p id={`${id}-error`} className="text-sm font-medium text-bad">
          {props.error}
        </p>
      )}
    </div>
  );
}

type TextFieldProps = Frame &
  Omit<InputHTMLAttributes<HTMLInputElement>, "id" | "size"> & {
    ref?: Ref<HTMLInputElement>;
    size?: "normal" | "small";
  };

export function TextField({ label, hint, error, optional, hideLabel, id, className, size, ...input }: TextFieldProps) {
  return (
    <Field {...frame({ label, hint, error, optional, hideLabel, id, className })}>
      {(wiring) => <input type="text" {...input} {...wiring} className="input" data-size={size} />}
    </Field>
  );
}

type SelectFieldProps = Frame &
  Omit<SelectHTMLAttributes<HTMLSelectElement>, "id" | "size"> & { size?: "normal" | "small" };

export function SelectField(props: SelectFieldProps) {
  const { label, hint, error, optional, hideLabel, id, className, size, ...select } = props;
  return (
    <Field {...frame({ label, hint, error, optional, hideLabel, id, className })}>
      {(wiring) => <select {...select} {...wiring} className="input" data-size={size} />}
    </Field>
  );
}

type TextAreaProps = Frame & Omit<TextareaHTMLAttributes<HTMLTextAreaElement>, "id">;

export function TextArea({ label, hint, error, optional, hideLabel, id, className, ...area }: TextAreaProps) {
  return (
    <Field {...frame({ label, hint, error, optional, hideLabel, id, className })}>
      {(wiring) => <textarea rows={3} {...area} {...wiring} className="input" />}
    </Field>
  );
}

export function CheckField(
  props: Omit<InputHTMLAttributes<HTMLInputElement>, "type"> & {
    label: ReactNode;
    hint?: ReactNode;
    error?: string | undefined;
  },
) {
  const { label, hint, error, ...input } = props;
  const own = useId();
  const id = props.id ?? own;
  const describedBy = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ");
  return (
    <div className="flex gap-3">
      <input
        {...input}
        type="checkbox"
        id={id}
        className="check"
        aria-describedby={describedBy || undefined}
        aria-invalid={error ? true : undefined}
      />
      <div>
        <label htmlFor={id} className="text-[0.9375rem] font-semibold">
          {label}
        </label>
        {hint && (
          <p id={`${id}-hint`} className="text-sm text-ink-soft">
            {hint}
          </p>
        )}
        {error && (
          <p id={`${id}-error`} className="text-sm font-medium text-bad">
            {error}
          </p>
        )}
      </div>
    </div>
  );
}

/** Leaves out what was not given: an explicit `undefined` is not the same to the compiler. */
function frame(given: { [K in keyof Frame]: Frame[K] | undefined }): Frame {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as unknown as Frame;
}
