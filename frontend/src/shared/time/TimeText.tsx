import { useLanguage } from "../i18n/i18n";
import { full, relative, short } from "./format";
import { useNow } from "./use-now";
import { useTimeZone } from "./zone";

/** A time as people say it; hovering shows all of it, and screen readers are told all of it. */
export function TimeText(props: { at: string; style?: "short" | "full" }) {
  const { locale } = useLanguage();
  const zone = useTimeZone();
  const now = useNow();
  const at = new Date(props.at);
  const whole = full(at, zone, locale);
  if (props.style === "full") return <time dateTime={props.at}>{whole}</time>;
  return (
    <time dateTime={props.at} title={whole}>
      {relative(at, now, locale) ?? short(at, now, zone, locale)}
      <span className="sr-only"> ({whole})</span>
    </time>
  );
}
