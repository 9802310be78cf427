import { cleanup, render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { createRef } from "react";
import { describe, expect, it, vi } from "vitest";
import type { Permission } from "../session/session";
import { fakeApi, guardian, option, World } from "../testing/world";
import { ActionsMenu } from "./ActionsMenu";
import type { ResetOption } from "./model";

async function open(options = guardian().options, permissions: Permission[] = [], invitations: ResetOption[] = []) {
  const onChoose = vi.fn();
  const onInvite = vi.fn();
  const user = userEvent.setup();
  render(
    <World client={fakeApi({}).client} permissions={permissions}>
      <ActionsMenu
        guardian={guardian({ options, invitations })}
        button={createRef()}
        onChoose={onChoose}
        onInvite={onInvite}
        onStale={() => {}}
      />
    </World>,
  );
  await user.click(screen.getByRole("button", { name: "Actions for Maria Lopez" }));
  await screen.findByRole("menu");
  return { onChoose, onInvite, user };
}

describe("the Actions menu", () => {
  it("has both items in the same order, the second with its price", async () => {
    await open();
    const items = screen.getAllByRole("menuitem");
    expect(items.map((item) => item.textContent)).toEqual([
      "Reset Password via Email",
      "Reset Password via SMS1 credit",
    ]);
    expect(screen.getByRole("menuitem", { name: "Reset Password via SMS", description: "1 credit" })).toBe(items[1]);
  });

  it("hands over the channel that was chosen", async () => {
    const { user, onChoose } = await open();
    await user.click(screen.getByRole("menuitem", { name: "Reset Password via SMS" }));
    expect(onChoose).toHaveBeenCalledExactlyOnceWith("SMS");
  });

  it("keeps an unusable item, says why, and does nothing but say it again", async () => {
    const { user, onChoose } = await open([option({ unavailable: "CANNOT_LOG_IN" }), option({ channel: "SMS" })]);
    const item = screen.getByRole("menuitem", {
      name: "Reset Password via Email",
      description: "Maria can't log in to the Customer Portal.",
    });
    await waitFor(() => expect(item.getAttribute("aria-disabled")).toBe("true"));
    await user.click(item);
    expect(onChoose).not.toHaveBeenCalled();
    expect(screen.getByRole("menu")).toBeTruthy();
    expect(screen.getByRole("status").textContent).toBe("Maria can't log in to the Customer Portal.");
  });

  it("has the invitation after both, and only while there is somebody to invite", async () => {
    const { user, onInvite } = await open(undefined, [], [option(), option({ channel: "SMS" })]);
    const items = screen.getAllByRole("menuitem").map((item) => item.textContent);
    expect(items).toEqual(["Reset Password via Email", "Reset Password via SMS1 credit", "Invite to Customer Portal"]);
    await user.click(screen.getByRole("menuitem", { name: "Invite to Customer Portal" }));
    expect(onInvite).toHaveBeenCalledOnce();
  });

  it("says why nobody can be invited when neither way is usable", async () => {
    const off = [option({ unavailable: "NO_EMAIL" }), option({ channel: "SMS", unavailable: "NO_PHONE" })];
    const { user, onInvite } = await open(undefined, [], off);
    const item = screen.getByRole("menuitem", {
      name: "Invite to Customer Portal",
      description: "No email address on this profile.",
    });
    await user.click(item);
    expect(onInvite).not.toHaveBeenCalled();
  });

  it("shows the way out only to those who can take it", async () => {
    const off = [option(), option({ channel: "SMS", unavailable: "SMS_DISABLED" })];
    await open(off);
    expect(screen.queryByText("Turn it on in Settings")).toBeNull();
    cleanup();
    await open(off, ["SETTINGS_MANAGE"]);
    expect(screen.getByRole("menuitem", { name: "Turn it on in Settings" }).getAttribute("href")).toBe("/settings");
  });
});
