import { Menu } from "@base-ui/react/menu";
import { Check, ChevronDown, LogOut, ShieldCheck } from "lucide-react";
import { useState, useSyncExternalStore } from "react";
import { useLocation } from "wouter";
import { useLanguage } from "../../shared/i18n/i18n";
import { type Locale, localeNames, locales } from "../../shared/i18n/locale";
import { chooseTheme, chosenTheme, type Theme, themes } from "../../shared/theme/theme";
import { announce } from "../../shared/ui/announce";
import { mainLandmark } from "../../shared/ui/landmark";
import { useT } from "../i18n";
import { useApi } from "../session/api-context";
import { useSession } from "../session/session";
import { useSignOut } from "../session/use-sign-out";
import { paths, signInUrl } from "../urls";
import { useLeaveGuard } from "./leave-guard";
import { setShortcuts, shortcutsOn, watchShortcuts } from "./shortcuts";

/** Language, theme, shortcuts and signing out. The first three are kept on this device. */
export function ProfileMenu() {
  const t = useT();
  const { locale, setLocale } = useLanguage();
  const { staff } = useSession();
  // Kept here so that opening renders again: the main landmark appears after the top bar.
  const [open, setOpen] = useState(false);
  const [theme, setTheme] = useState(chosenTheme);
  const shortcuts = useSyncExternalStore(watchShortcuts, shortcutsOn);
  const { reset } = useApi();
  const { attempt } = useLeaveGuard();
  const [, signOut] = useSignOut();
  const [, navigate] = useLocation();

  async function leave() {
    const { error } = await signOut({});
    if (error?.networkError) {
      announce(t("profile.signOutFailed"));
      return;
    }
    navigate(signInUrl());
    reset();
  }

  return (
    <Menu.Root open={open} onOpenChange={setOpen}>
      <Menu.Trigger
        className="button"
        data-kind="quiet"
        data-size="small"
        aria-label={t("profile.open", { name: staff.name })}
      >
        <span
          aria-hidden
          className="grid size-7 flex-none place-items-center rounded-full bg-accent-soft text-xs font-bold text-accent"
        >
          {initials(staff.name)}
        </span>
        <span className="hidden text-ink sm:inline">{staff.name}</span>
        <ChevronDown aria-hidden className="size-4 text-ink-soft" />
      </Menu.Trigger>
      <Menu.Portal container={mainLandmark()}>
        <Menu.Backdrop className="menu-scrim" />
        <Menu.Positioner className="menu-positioner" align="end" sideOffset={6}>
          <Menu.Popup className="menu">
            <Menu.RadioGroup value={locale} onValueChange={(value: Locale) => setLocale(value)}>
              <Menu.GroupLabel className="caption menu-heading">{t("profile.language")}</Menu.GroupLabel>
              {locales.map((value) => (
                <Choice key={value} value={value} label={localeNames[value]} lang={value} />
              ))}
            </Menu.RadioGroup>
            <Separator />
            <Menu.RadioGroup
              value={theme}
              onValueChange={(value: Theme) => {
                chooseTheme(value);
                setTheme(value);
              }}
            >
              <Menu.GroupLabel className="caption menu-heading">{t("profile.theme")}</Menu.GroupLabel>
              {themes.map((value) => (
                <Choice key={value} value={value} label={t(`theme.${value}`)} />
              ))}
            </Menu.RadioGroup>
            <Separator />
            <Menu.CheckboxItem className="menu-item" checked={shortcuts} onCheckedChange={setShortcuts}>
              <span className="size-5">
                <Menu.CheckboxItemIndicator>
                  <Check aria-hidden className="size-5" />
                </Menu.CheckboxItemIndicator>
              </span>
              <span>{t("profile.shortcuts")}</span>
            </Menu.CheckboxItem>
            <Separator />
            <Menu.Item className="menu-item" onClick={() => attempt(() => navigate(paths.security))}>
              <ShieldCheck aria-hidden className="size-5" />
              <span>{t("profile.security")}</span>
            </Menu.Item>
            <Menu.Item className="menu-item" onClick={() => attempt(() => void leave())}>
              <LogOut aria-hidden className="size-5" />
              <span>{t("profile.signOut")}</span>
            </Menu.Item>
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}

function Choice(props: { value: string; label: string; lang?: string }) {
  return (
    <Menu.RadioItem className="menu-item" value={props.value} closeOnClick={false}>
      <span className="size-5">
        <Menu.RadioItemIndicator>
          <Check aria-hidden className="size-5" />
        </Menu.RadioItemIndicator>
      </span>
      <span lang={props.lang}>{props.label}</span>
    </Menu.RadioItem>
  );
}

function Separator() {
  return <Menu.Separator className="my-1 h-px bg-line" />;
}

function initials(name: string): string {
  const words = name.trim().split(/\s+/);
  const letters = words.length > 1 ? [words[0], words.at(-1)] : [words[0]];
  return letters
    .map((word) => [...(word ?? "")][0] ?? "")
    .join("")
    .toLocaleUpperCase();
}
