import { useWords } from "../../../shared/i18n/words";
import { accentOf, accentStyle } from "../../../shared/theme/accent";
import { TextField } from "../../../shared/ui/Field";
import { words } from "./words";

/** The colour of the business, picked or typed, and how the Customer Portal looks in it by day and by night. */
export function AccentField(props: {
  value: string;
  name: string;
  onValue: (value: string) => void;
  error?: string | undefined;
}) {
  const w = useWords(words);
  const { value } = props;
  const colour = value.trim();
  return (
    <div className="grid gap-3">
      <div className="flex flex-wrap items-end gap-3">
        <div className="min-w-0 flex-1">
          <TextField
            id="f-accent"
            label={w("accent")}
            hint={w("accentHint")}
            autoComplete="off"
            maxLength={7}
            value={value}
            onChange={(event) => props.onValue(event.target.value)}
            error={props.error}
          />
        </div>
        <input
          type="color"
          aria-label={w("accentPick")}
          className="h-11 w-14 flex-none cursor-pointer rounded-box border border-line-strong bg-sheet p-1"
          value={accentOf(colour) ? colour.toLowerCase() : "#2f4f8a"}
          onChange={(event) => props.onValue(event.target.value)}
        />
      </div>
      <div aria-hidden className="grid gap-3 sm:grid-cols-2" data-testid="accent-preview">
        {(["light", "dark"] as const).map((theme) => (
          <div key={theme} className="grid gap-3 rounded-box bg-page p-3" style={{ colorScheme: theme }}>
            <div style={accentStyle(colour)} className="sheet grid gap-3 border-t-4 border-t-accent p-4">
              <p className="flex min-w-0 items-center gap-2 font-semibold text-ink">
                <span className="grid size-7 flex-none place-items-center rounded-box bg-accent text-sm font-bold text-accent-ink">
                  {[...props.name.trim()][0]}
                </span>
                <span className="min-w-0 truncate">{props.name}</span>
              </p>
              <p className="flex flex-wrap items-center gap-x-4 gap-y-2">
                <span className="button" data-kind="primary" data-size="small">
                  {w("accentButton")}
                </span>
                <span className="text-sm text-accent underline underline-offset-3">{w("accentLink")}</span>
              </p>
            </div>
          </div>
        ))}
      </div>
    </div>
  );
}
