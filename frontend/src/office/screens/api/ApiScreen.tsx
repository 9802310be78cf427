import { useState } from "react";
import { useMutation, useQuery } from "urql";
import { useSearch } from "wouter";
import { TimeText } from "../../../shared/time/TimeText";
import { announce } from "../../../shared/ui/announce";
import { Banner } from "../../../shared/ui/Banner";
import { Button } from "../../../shared/ui/Button";
import { ConfirmDialog } from "../../../shared/ui/ConfirmDialog";
import { PageTitle } from "../../../shared/ui/page";
import { Bone } from "../../../shared/ui/wait";
import { QueryView } from "../../api/QueryView";
import { useT } from "../../i18n";
import { ConfirmIdentity, useSend } from "../../identity/confirm";
import { Pager } from "../../parts/Pager";
import { pageVariables } from "../../parts/page-variables";
import { apiUrl, readPage } from "../../urls";
import { RevokeToken, TokensQuery } from "./documents";
import { NewToken } from "./NewToken";
import { useApiWords } from "./words";

export default function ApiScreen() {
  const w = useApiWords();
  const page = readPage(new URLSearchParams(useSearch()));
  const query = useQuery({ query: TokensQuery, variables: pageVariables(page) });
  const [, execute] = query;
  const again = () => execute({ requestPolicy: "network-only" });
  return (
    <ConfirmIdentity>
      <div className="grid gap-5">
        <PageTitle>{w("title")}</PageTitle>
        <p className="max-w-[70ch]">{w("intro")}</p>
        <div className="sheet flex flex-wrap items-center justify-between gap-3 p-4 sm:px-5">
          <p className="text-ink-soft">{w("explorerHint")}</p>
          <p className="flex flex-wrap gap-2">
            <a className="button" data-kind="primary" href="/graphiql">
              {w("explorer")}
            </a>
            <a className="button" href="/schema.graphql">
              {w("schema")}
            </a>
          </p>
        </div>
        <div className="mt-2 flex flex-wrap items-center justify-between gap-3">
          <h2 className="caption">{w("tokens")}</h2>
          <NewToken onMade={again} />
        </div>
        <QueryView query={query} what={w("tokens")} skeleton={<Bone className="h-40" />}>
          {({ apiTokens }) => (
            <>
              {apiTokens.edges.length === 0 ? (
                <p className="sheet p-6">{w("none")}</p>
              ) : (
                <div className="sheet overflow-hidden">
                  <table className="records" role="table" aria-label={w("tokens")}>
                    <thead role="rowgroup">
                      <tr role="row">
                        {(["name", "may", "state", "expires", "used", "action"] as const).map((column) => (
                          <th key={column} role="columnheader" className="caption">
                            {w(column)}
                          </th>
                        ))}
                      </tr>
                    </thead>
                    <tbody role="rowgroup">
                      {apiTokens.edges.map(({ node }) => (
                        <Row key={node.id} token={node} onEnded={again} />
                      ))}
                    </tbody>
                  </table>
                </div>
              )}
              <Pager page={apiTokens.pageInfo} label={w("tokens")} url={apiUrl} />
            </>
          )}
        </QueryView>
      </div>
    </ConfirmIdentity>
  );
}

type State = "ACTIVE" | "EXPIRED" | "REVOKED" | "ENDED";

interface Token {
  id: string;
  name: string;
  hint: string;
  permissions: readonly string[];
  state: State;
  expiresAt: string;
  lastUsedAt: string | null;
}

function Row(props: { token: Token; onEnded: () => void }) {
  const t = useT();
  const w = useApiWords();
  const { token } = props;
  const [asking, setAsking] = useState(false);
  const [failure, setFailure] = useState("");
  const send = useSend();
  const [result, revoke] = useMutation(RevokeToken);

  async function end() {
    setFailure("");
    const { done, problems } = await send(
      () => revoke({ input: { apiTokenId: token.id } }),
      (d) => d.revokeApiToken,
    );
    setFailure(problems[0]?.message ?? "");
    if (!done) return;
    setAsking(false);
    announce(w("revoked", { name: token.name }));
    props.onEnded();
  }

  return (
    <tr role="row">
      <td role="cell">
        <span className="font-semibold">{token.name}</span>
        <span className="block text-sm text-ink-soft">
          {w("hint")} <code>{token.hint}</code>
        </span>
      </td>
      <td role="cell" data-label={w("may")} className="text-sm">
        {token.permissions.map((permission) => t(`permission.${permission}` as never)).join(", ")}
      </td>
      <td role="cell" data-label={w("state")}>
        {w(`state.${token.state}`)}
      </td>
      <td role="cell" data-label={w("expires")}>
        <TimeText at={token.expiresAt} />
      </td>
      <td role="cell" data-label={w("used")}>
        {token.lastUsedAt ? <TimeText at={token.lastUsedAt} /> : w("never")}
      </td>
      <td role="cell">
        {token.state === "ACTIVE" && (
          <Button size="small" aria-label={w("revokeLabel", { name: token.name })} onClick={() => setAsking(true)}>
            {w("revoke")}
          </Button>
        )}
        <ConfirmDialog
          open={asking}
          title={w("sure", { name: token.name })}
          description={w("effect")}
          cancel={t("action.cancel")}
          confirm={w("revoke")}
          confirmKind="danger"
          waiting={result.fetching}
          onCancel={() => setAsking(false)}
          onConfirm={() => void end()}
        >
          {failure && (
            <div className="mt-4">
              <Banner tone="bad" role="alert">
                {failure}
              </Banner>
            </div>
          )}
        </ConfirmDialog>
      </td>
    </tr>
  );
}
