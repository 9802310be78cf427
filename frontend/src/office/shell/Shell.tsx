import { Dialog } from "@base-ui/react/dialog";
import { Menu as MenuIcon, X } from "lucide-react";
import { type ReactNode, useState } from "react";
import { Link, useLocation } from "wouter";
import { Banner } from "../../shared/ui/Banner";
import { useOnline } from "../../shared/ui/use-online";
import { useT } from "../i18n";
import { useSession } from "../session/session";
import { destinations } from "./navigation";
import { ProfileMenu } from "./ProfileMenu";
import { SmsBalance } from "./SmsBalance";

/** The frame of every screen: skip link, top bar, navigation at the left or behind a button, content. */
export function Shell(props: { children: ReactNode }) {
  const t = useT();
  const { business } = useSession();
  const online = useOnline();
  const [open, setOpen] = useState(false);
  return (
    <div className="min-h-dvh">
      <a
        href="#content"
        className="button sr-only focus-visible:not-sr-only focus-visible:absolute focus-visible:top-2 focus-visible:left-2 focus-visible:z-70"
        data-kind="primary"
        onClick={(event) => {
          event.preventDefault();
          document.getElementById("content")?.focus();
        }}
      >
        {t("shell.skip")}
      </a>
      <header className="sticky top-0 z-30 border-b border-line bg-sheet">
        <div className="flex h-14 items-center gap-2 px-3 sm:px-5">
          <Dialog.Root open={open} onOpenChange={setOpen}>
            <Dialog.Trigger className="button nav:hidden" data-size="icon" aria-label={t("shell.menu")}>
              <MenuIcon aria-hidden className="size-5" />
            </Dialog.Trigger>
            <Dialog.Portal>
              <Dialog.Backdrop className="scrim" />
              <Dialog.Popup className="fixed inset-y-0 left-0 z-50 w-72 max-w-[85vw] overflow-y-auto border-r border-line bg-sheet p-3">
                <div className="mb-2 flex items-center justify-between pl-3">
                  <Dialog.Title className="font-semibold">{business.name}</Dialog.Title>
                  <Dialog.Close className="button" data-size="icon" aria-label={t("action.close")}>
                    <X aria-hidden className="size-5" />
                  </Dialog.Close>
                </div>
                <Navigation onChoose={() => setOpen(false)} />
              </Dialog.Popup>
            </Dialog.Portal>
          </Dialog.Root>
          <p className="flex min-w-0 flex-1 items-center gap-2.5 font-semibold tracking-tight">
            <BusinessMark name={business.name} />
            <span className="truncate">{business.name}</span>
          </p>
          <SmsBalance />
          <ProfileMenu />
        </div>
      </header>
      <div className="flex">
        <div className="hidden w-56 flex-none nav:block">
          <div className="sticky top-14 px-3 py-6">
            <Navigation />
          </div>
        </div>
        <main id="content" tabIndex={-1} className="min-w-0 flex-1 px-4 py-6 outline-none sm:px-8">
          <div className="max-w-[70rem]">
            {!online && (
              <div className="mb-5">
                <Banner tone="warn" role="status">
                  {t("shell.offline")}
                </Banner>
              </div>
            )}
            {props.children}
          </div>
        </main>
      </div>
    </div>
  );
}

function Navigation(props: { onChoose?: () => void }) {
  const t = useT();
  const { permissions } = useSession();
  const [location] = useLocation();
  return (
    <nav aria-label={t("shell.navigation")}>
      <ul className="grid gap-0.5">
        {destinations
          .filter((to) => to.needs.some((permission) => permissions.includes(permission)))
          .map((to) => {
            const here = location === to.path || location.startsWith(`${to.path}/`);
            return (
              <li key={to.path}>
                <Link
                  href={to.href}
                  aria-current={here ? "page" : undefined}
                  onClick={() => props.onChoose?.()}
                  className={`flex min-h-11 items-center gap-3 rounded-box border-l-3 px-3 text-[0.8125rem] font-semibold tracking-[0.06em] uppercase ${
                    here
                      ? "border-accent bg-accent-soft text-accent"
                      : "border-transparent text-ink-soft hover:bg-hover hover:text-ink"
                  }`}
                >
                  <to.icon aria-hidden className="size-[1.125rem] flex-none" />
                  {t(to.label)}
                </Link>
              </li>
            );
          })}
      </ul>
    </nav>
  );
}

/** The business's first letter on a small form: enough to tell two tabs apart. */
function BusinessMark(props: { name: string }) {
  return (
    <span
      aria-hidden
      className="grid size-8 flex-none place-items-center rounded-box bg-accent text-sm font-bold text-accent-ink"
    >
      {[...props.name][0]}
    </span>
  );
}
