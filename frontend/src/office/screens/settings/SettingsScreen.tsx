import { type ReactNode, useState } from "react";
import { useQuery } from "urql";
import { graphql } from "../../../shared/graphql/graphql";
import { useLanguage } from "../../../shared/i18n/i18n";
import { languageName } from "../../../shared/i18n/locale";
import { formatPhone } from "../../../shared/phone";
import { announce } from "../../../shared/ui/announce";
import { Banner } from "../../../shared/ui/Banner";
import { PageTitle } from "../../../shared/ui/page";
import { Bone } from "../../../shared/ui/wait";
import { problemOf } from "../../api/problem";
import { QueryView } from "../../api/QueryView";
import { useT } from "../../i18n";
import { useSession } from "../../session/session";
import { SettingsTabs } from "./SettingsTabs";
import { SmsReserve } from "./SmsReserve";
import { TextGuards } from "./TextGuards";
import { useSetSmsEnabled } from "./use-set-sms-enabled";

const SettingsQuery = graphql(`
  query SmsSettings {
    smsAccount {
      id
      enabled
      balance
      reserve
      lowAt
    }
  }
`);

export default function SettingsScreen() {
  const t = useT();
  const query = useQuery({ query: SettingsQuery });
  return (
    <div className="grid max-w-3xl gap-6">
      <PageTitle>{t("settings.title")}</PageTitle>
      <SettingsTabs />
      <section aria-labelledby="texting" className="grid gap-3">
        <h2 id="texting" className="sr-only">
          {t("settings.texting")}
        </h2>
        <QueryView query={query} what={t("settings.texting")} skeleton={<Bone className="h-24" />}>
          {({ smsAccount }) => (
            <>
              <TextMessaging enabled={smsAccount.enabled} />
              <SmsReserve reserve={smsAccount.reserve} lowAt={smsAccount.lowAt} />
            </>
          )}
        </QueryView>
      </section>
      <TextGuards />
      <BusinessFacts />
    </div>
  );
}

/** The switch waits for the server's answer: what it shows is what is true. */
function TextMessaging(props: { enabled: boolean }) {
  const t = useT();
  const [result, setEnabled] = useSetSmsEnabled();
  const [failure, setFailure] = useState("");

  async function toggle() {
    if (result.fetching) return;
    setFailure("");
    const enabled = !props.enabled;
    const { data, error } = await setEnabled({ input: { enabled } });
    if (data?.setSmsEnabled.smsAccount) announce(enabled ? t("settings.isOn") : t("settings.isOff"));
    else if (error) setFailure(t(`problem.${problemOf(error).kind}`));
    else setFailure(data?.setSmsEnabled.errors[0]?.message ?? t("problem.server"));
  }

  return (
    <div className="sheet grid gap-4 p-4 sm:p-5">
      <div className="flex items-start justify-between gap-4">
        <div>
          <p id="texting-label" className="font-semibold">
            {t("settings.texting")}
          </p>
          <p id="texting-hint" className="text-[0.9375rem] text-ink-soft">
            {t("settings.textingHint")}
          </p>
        </div>
        <div className="flex flex-none items-center gap-2.5 pt-0.5">
          <span aria-hidden className="text-sm text-ink-soft">
            {props.enabled ? t("settings.on") : t("settings.off")}
          </span>
          <button
            type="button"
            role="switch"
            className="switch"
            aria-checked={props.enabled}
            aria-labelledby="texting-label"
            aria-describedby="texting-hint"
            aria-disabled={result.fetching || undefined}
            onClick={() => void toggle()}
          >
            <span />
          </button>
        </div>
      </div>
      {failure && (
        <Banner tone="bad" role="alert">
          {failure}
        </Banner>
      )}
    </div>
  );
}

function BusinessFacts() {
  const t = useT();
  const { locale } = useLanguage();
  const { business } = useSession();
  const portal = `${window.location.origin}/portal/${business.slug}`;
  return (
    <section aria-labelledby="business" className="grid gap-3">
      <h2 id="business" className="caption">
        {t("settings.business")}
      </h2>
      <dl className="sheet px-4 sm:px-5">
        <Fact name={t("settings.name")}>{business.name}</Fact>
        <Fact name={t("settings.phone")}>{business.phone ? formatPhone(business.phone) : t("guardian.none")}</Fact>
        <Fact name={t("settings.timeZone")}>{business.timeZone}</Fact>
        <Fact name={t("settings.languages")}>
          {business.locales.map((tag) => languageName(tag, locale)).join(", ")}
        </Fact>
        <Fact name={t("settings.portal")}>
          <a className="link" href={portal}>
            {portal}
          </a>
        </Fact>
      </dl>
    </section>
  );
}

function Fact(props: { name: string; children: ReactNode }) {
  return (
    <div className="grid gap-x-4 border-b border-line py-2.5 last:border-0 sm:grid-cols-[11rem_1fr]">
      <dt className="text-sm leading-6 text-ink-soft">{props.name}</dt>
      <dd className="text-[0.9375rem] leading-6">{props.children}</dd>
    </div>
  );
}
