import { Component, type ReactNode, Suspense } from "react";
import { useT } from "../i18n/i18n";
import { announce } from "./announce";
import { Banner } from "./Banner";
import { Button } from "./Button";
import { useDocumentTitle } from "./page";
import { useOnline } from "./use-online";

/**
 * Around whatever is fetched when it is first needed. The connection may be gone by then, or a newer version may have
 * replaced the files: that is said in the place of the part that is missing, and the rest of the page stays.
 */
export function Lazy(props: {
  /** Shown while it is fetched. */
  fallback?: ReactNode;
  /** When it changes, a part that failed is tried again: somebody went on to another page. */
  at?: string;
  children: ReactNode;
}) {
  return (
    <Boundary key={props.at}>
      <Suspense fallback={props.fallback ?? null}>{props.children}</Suspense>
    </Boundary>
  );
}

class Boundary extends Component<{ children: ReactNode }, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError() {
    return { failed: true };
  }

  override render() {
    return this.state.failed ? <Missing /> : this.props.children;
  }
}

function Missing() {
  const t = useT();
  const online = useOnline();
  useDocumentTitle(t("part.missing"), true);
  return (
    <Banner tone="bad" role="alert">
      <p className="font-semibold">{t("part.missing")}</p>
      <p>{online ? t("part.reload") : t("part.offline")}</p>
      <Button
        size="small"
        className="mt-3"
        onClick={() => {
          // Without a connection the browser would replace the page by one of its own.
          if (navigator.onLine) window.location.reload();
          else announce(t("part.offline"));
        }}
      >
        {t("action.tryAgain")}
      </Button>
    </Banner>
  );
}
