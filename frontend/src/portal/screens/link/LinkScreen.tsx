import { useEffect, useState } from "react";
import { useLanguage } from "../../../shared/i18n/i18n";
import { clock, short } from "../../../shared/time/format";
import { useNow } from "../../../shared/time/use-now";
import { LoadView } from "../../api/LoadView";
import { useT } from "../../i18n";
import { Page } from "../../layout/Page";
import { keptSecret } from "../../secret";
import { NewPassword } from "./NewPassword";
import { Unusable } from "./Unusable";
import { type LinkData, useLink } from "./use-link";

const soon = 5 * 60_000;

/** The page behind the link of a message. Opening it changes nothing: mail scanners open links too. */
export function LinkScreen() {
  const t = useT();
  const [secret, setSecret] = useState(keptSecret);
  const loading = useLink(secret);

  // Another link pasted into the same tab changes the fragment only, which loads nothing anew.
  useEffect(() => {
    const read = () => setSecret(keptSecret());
    window.addEventListener("officeportal:link", read);
    return () => window.removeEventListener("officeportal:link", read);
  }, []);

  return (
    <Page business={loading.data?.business ?? null}>
      <LoadView loading={loading} what={t("link.title")}>
        {(link) => <Link key={secret} link={link} secret={secret} reload={loading.reload} />}
      </LoadView>
    </Page>
  );
}

function Link(props: { link: LinkData; secret: string; reload: () => void }) {
  const { link } = props;
  const t = useT();
  const { locale } = useLanguage();
  const now = useNow(5_000);
  const zone = link.business?.timeZone ?? "UTC";
  const at = (time: string) => t("time.at", { time: short(new Date(time), now, zone, locale) });

  const staff = link.purpose === "STAFF_INVITATION" || link.purpose === "STAFF_RESET";
  const expired =
    link.purpose === "STAFF_INVITATION"
      ? "link.expiredInvitation"
      : link.purpose === "INVITATION"
        ? "link.invitationExpired"
        : "link.expiredText";
  const left = link.expiresAt ? Date.parse(link.expiresAt) - now.getTime() : Number.POSITIVE_INFINITY;
  const state = link.state === "ACTIVE" && left <= 0 ? "EXPIRED" : link.state;
  switch (state) {
    case "ACTIVE":
      return (
        <NewPassword
          secret={props.secret}
          first={link.purpose === "INVITATION"}
          username={link.username ?? ""}
          business={link.business}
          min={link.passwordMinLength ?? 15}
          staff={staff}
          until={link.expiresAt && left < soon ? clock(new Date(link.expiresAt), zone, locale) : null}
          onUnusable={props.reload}
        />
      );
    case "EXPIRED":
      return (
        <Unusable
          staff={staff}
          title={t("link.expired")}
          text={
            link.sentAt
              ? t(expired, {
                  time: at(link.sentAt),
                })
              : t("link.expiredOnly")
          }
          business={link.business}
        />
      );
    case "USED":
      return (
        <Unusable staff={staff} title={t("link.used")} text={t("link.usedText")} business={link.business} signIn />
      );
    case "SUPERSEDED":
      return (
        <Unusable
          staff={staff}
          title={link.newerSentAt ? t("link.superseded", { time: at(link.newerSentAt) }) : t("link.supersededOnly")}
          text={t("link.supersededText")}
          business={link.business}
        />
      );
    default:
      return <Unusable staff={staff} title={t("link.unknown")} text={t("link.unknownText")} business={link.business} />;
  }
}
