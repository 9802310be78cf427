import { useId } from "react";

/** One of a few, each explained: radio buttons under a heading. */
export function Choice<V extends string>(props: {
  legend: string;
  hint?: string;
  value: V;
  options: readonly { value: V; label: string; hint?: string }[];
  onChange: (value: V) => void;
}) {
  const id = useId();
  return (
    <fieldset className="grid gap-2" aria-describedby={props.hint ? `${id}-hint` : undefined}>
      <legend className="text-[0.9375rem] font-semibold">{props.legend}</legend>
      {props.hint && (
        <p id={`${id}-hint`} className="text-sm text-ink-soft">
          {props.hint}
        </p>
      )}
      {props.options.map(({ value, label, hint }) => (
        <div key={value} className="flex gap-3">
          <input
            type="radio"
            id={`${id}-${value}`}
            name={id}
            className="check"
            checked={props.value === value}
            aria-describedby={hint ? `${id}-${value}-hint` : undefined}
            onChange={() => props.onChange(value)}
          />
          <div>
            <label htmlFor={`${id}-${value}`} className="text-[0.9375rem]">
              {label}
            </label>
            {hint && (
              <p id={`${id}-${value}-hint`} className="text-sm text-ink-soft">
                {hint}
              </p>
            )}
          </div>
        </div>
      ))}
    </fieldset>
  );
}
