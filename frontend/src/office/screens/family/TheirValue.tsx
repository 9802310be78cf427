import { useT } from "../../i18n";

/** Their version of a field, below what was typed here, with a way to take it. */
export function TheirValue(props: { mine: string; theirs: string | undefined; onTake: (value: string) => void }) {
  const t = useT();
  const { theirs } = props;
  if (theirs === undefined || theirs === props.mine) return null;
  return (
    <p className="mt-1 flex flex-wrap items-center gap-x-3 text-sm tone-warn">
      {t("conflict.theirs", { value: theirs || t("conflict.empty") })}
      <button type="button" className="link min-h-6" onClick={() => props.onTake(theirs)}>
        {t("conflict.take")}
      </button>
    </p>
  );
}
