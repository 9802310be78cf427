import { cleanup, render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, describe, expect, it, vi } from "vitest";
import { ConfirmIdentity } from "../../identity/confirm";
import { fakeApi, World } from "../../testing/world";
import { NewToken } from "./NewToken";

const secret = "opt_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const again = { code: "REAUTHENTICATION_REQUIRED", message: "Confirm that it is you.", path: null };
const made = (errors: object[] = []) => ({
  data: {
    createApiToken: errors.length
      ? { apiToken: null, secret: null, errors }
      : { apiToken: { __typename: "ApiToken", id: "tok_1", name: "Nightly sync" }, secret, errors },
  },
});
const security = { totp: false, locked: false, required: false, recoveryCodesLeft: 0, passkeys: [] };

async function fill(create: Parameters<typeof fakeApi>[0][string], confirm = vi.fn()) {
  const { client, calls } = fakeApi({
    CreateApiToken: create,
    Security: () => ({
      data: { viewer: { __typename: "Viewer", actor: { __typename: "Staff", id: "stf_1" }, security } },
    }),
    ConfirmIdentity: confirm,
  });
  const onMade = vi.fn();
  const user = userEvent.setup();
  render(
    <World client={client} permissions={["FAMILIES_READ"]}>
      <ConfirmIdentity>
        <NewToken onMade={onMade} />
      </ConfirmIdentity>
    </World>,
  );
  await user.click(screen.getByRole("button", { name: "New API token" }));
  await user.type(screen.getByRole("textbox", { name: "Name" }), "Nightly sync");
  await user.click(screen.getByRole("checkbox"));
  await user.click(screen.getByRole("button", { name: "Make token" }));
  return { user, calls, onMade };
}

describe("making an API token", () => {
  afterEach(cleanup);

  it("asks who is there and goes on with what was entered", async () => {
    let proved = false;
    const { user, calls, onMade } = await fill(
      () => made(proved ? [] : [again]),
      vi.fn(() => {
        proved = true;
        return { data: { confirmIdentity: { confirmed: true, errors: [] } } };
      }),
    );
    await user.type(await screen.findByLabelText("Password"), "copper lantern meadow");
    await user.click(screen.getByRole("button", { name: "Confirm" }));
    expect(await screen.findByText(secret)).toBeTruthy();
    expect(onMade).toHaveBeenCalledOnce();
    const sent = calls.filter((call) => call.name === "CreateApiToken").map((call) => call.variables.input);
    expect(sent).toHaveLength(2);
    expect(sent[1]).toEqual(sent[0]);
  });

  it("makes none for somebody who does not say", async () => {
    const { user, onMade } = await fill(() => made([again]));
    await screen.findByLabelText("Password");
    await user.keyboard("{Escape}");
    await waitFor(() => expect(screen.queryByLabelText("Password")).toBeNull());
    expect(await screen.findByText("Confirm that it is you.")).toBeTruthy();
    expect(onMade).not.toHaveBeenCalled();
  });

  it("says where nobody knows whether it was made", async () => {
    await fill(() => ({
      errors: [
        { message: "It is not known", extensions: { code: "INTERNAL", outcome: "UNKNOWN", requestId: "req-1" } },
      ],
    }));
    expect(
      await screen.findByText("It is not known whether this was done. Look again before you repeat it."),
    ).toBeTruthy();
  });
});
