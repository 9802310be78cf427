import { cleanup, render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { createRef } from "react";
import { describe, expect, it, vi } from "vitest";
import { fakeApi, guardian, option, World } from "../testing/world";
import { ResetDialog } from "./ResetDialog";

type Answers = Parameters<typeof fakeApi>[0];

const refusal = (error: object) => ({
  data: { requestPasswordReset: { request: null, smsBalance: null, errors: [error] } },
});
const sent = {
  data: {
    requestPasswordReset: {
      request: { __typename: "PasswordResetRequest", id: "rst_1" },
      smsBalance: null,
      errors: [],
    },
  },
};

async function open(answers: Answers, person = guardian(), channel: "EMAIL" | "SMS" = "EMAIL") {
  const { client, calls } = fakeApi({
    SmsAccount: () => ({ data: { smsAccount: { __typename: "SmsAccount", id: "sms_1", enabled: true, balance: 42 } } }),
    ...answers,
  });
  const onClose = vi.fn();
  const onSent = vi.fn();
  render(
    <World client={client}>
      <ResetDialog guardian={person} channel={channel} returnTo={createRef()} onClose={onClose} onSent={onSent} />
    </World>,
  );
  await screen.findByRole("alertdialog");
  const sends = () => calls.filter((call) => call.name === "RequestPasswordReset").map((call) => call.variables.input);
  return { onClose, onSent, sends, user: userEvent.setup() };
}

const yes = () => screen.getByRole("button", { name: "YES" });
const cancel = () => screen.getByRole("button", { name: "Cancel" });

describe("the dialog before a link is sent", () => {
  it("asks in the agreed words by email", async () => {
    await open({});
    const dialog = screen.getByRole("alertdialog", { name: "Reset Password via Email" });
    expect(dialog.textContent).toContain(
      "Do you wish to send the password reset email to Maria Lopez at maria@example.com?",
    );
    expect(dialog.textContent).toContain(
      "The link expires 30 minutes after it is sent. Only Maria can choose the new password.",
    );
  });

  it("asks in the agreed words by SMS, with the balance", async () => {
    await open({}, guardian(), "SMS");
    const dialog = screen.getByRole("alertdialog", { name: "Reset Password via SMS" });
    expect(dialog.textContent).toContain(
      "Do you wish to send the SMS message to Maria Lopez at (312) 555-0123 at a cost of one credit?",
    );
    await waitFor(() =>
      expect(dialog.textContent).toContain(
        "You have 42 credits; 41 will be left. The link expires 30 minutes after it is sent.",
      ),
    );
  });

  it("starts on Cancel", async () => {
    await open({});
    await waitFor(() => expect(document.activeElement).toBe(cancel()));
  });

  it("ignores a key that is held down", async () => {
    await open({});
    const held = new KeyboardEvent("keydown", { key: "Enter", repeat: true, bubbles: true, cancelable: true });
    expect(yes().dispatchEvent(held)).toBe(false);
    const pressed = new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true });
    expect(yes().dispatchEvent(pressed)).toBe(true);
  });

  it("closes by Cancel and by Esc without sending", async () => {
    const { user, onClose, sends } = await open({});
    await user.click(cancel());
    await user.keyboard("{Escape}");
    expect(onClose).toHaveBeenCalledTimes(2);
    expect(sends()).toEqual([]);
  });

  it("sends once, however often YES is pressed meanwhile", async () => {
    let answer: (value: typeof sent) => void = () => {};
    const { user, sends, onSent, onClose } = await open({
      RequestPasswordReset: () => new Promise((resolve) => (answer = resolve)),
    });
    await user.click(yes());
    const waiting = await screen.findByRole("button", { name: "Sending…" });
    await user.click(waiting);
    await user.click(cancel());
    expect(onClose).not.toHaveBeenCalled();
    answer(sent);
    await waitFor(() => expect(onSent).toHaveBeenCalledOnce());
    expect(sends()).toHaveLength(1);
  });

  it("uses the same key again after a lost answer", async () => {
    let tries = 0;
    const { user, sends, onSent } = await open({ RequestPasswordReset: () => (++tries === 1 ? "lost" : sent) });
    await user.click(yes());
    const banner = await screen.findByText(
      "We don't know yet whether it was sent. Try again: it will not be sent twice.",
    );
    await waitFor(() => expect(banner.closest("[role=alert]")).toBe(document.activeElement));
    await user.click(yes());
    await waitFor(() => expect(onSent).toHaveBeenCalledOnce());
    const [first, second] = sends() as { idempotencyKey: string }[];
    expect(first?.idempotencyKey).toMatch(/^[0-9a-f-]{36}$/);
    expect(second).toEqual(first);
  });

  it("makes another key for another dialog", async () => {
    const one = await open({ RequestPasswordReset: () => "lost" });
    await one.user.click(yes());
    await screen.findByRole("alert");
    cleanup();
    const two = await open({ RequestPasswordReset: () => "lost" });
    await two.user.click(yes());
    const key = (sends: unknown[]) => (sends[0] as { idempotencyKey: string }).idempotencyKey;
    await waitFor(() => expect(two.sends()).toHaveLength(1));
    expect(key(two.sends())).not.toBe(key(one.sends()));
  });

  it("stays open with the reason when the server refuses", async () => {
    const error = {
      __typename: "NoCreditsError",
      code: "NO_CREDITS",
      message: "x",
      path: null,
      balance: 0,
      required: 1,
    };
    const { user, onSent } = await open({ RequestPasswordReset: () => refusal(error) }, guardian(), "SMS");
    await user.click(yes());
    expect((await screen.findByRole("alert")).textContent).toBe("No SMS credits left.");
    expect(onSent).not.toHaveBeenCalled();
  });

  it("says that nothing was sent when the request was stopped before the work", async () => {
    const { user } = await open({
      RequestPasswordReset: () => ({ errors: [{ message: "no", extensions: { code: "UNAUTHENTICATED" } }] }),
    });
    await user.click(yes());
    expect((await screen.findByRole("alert")).textContent).toBe("Nothing was sent. No credit was used. Try again.");
  });

  it("does not claim that nothing was sent after the server broke", async () => {
    const { user } = await open({
      RequestPasswordReset: () => ({ errors: [{ message: "oops", extensions: { code: "INTERNAL" } }] }),
    });
    await user.click(yes());
    expect((await screen.findByRole("alert")).textContent).toMatch(/^We don't know yet/);
  });

  it("asks for a reason when the contact was changed, and sends it", async () => {
    const person = guardian({ options: [option({ reasonRequired: true })] });
    const { user, sends, onSent } = await open({ RequestPasswordReset: () => sent }, person);
    await user.click(yes());
    const field = screen.getByRole("textbox", { name: "Reason" });
    expect(field).toBe(document.activeElement);
    expect(field.getAttribute("aria-invalid")).toBe("true");
    expect(sends()).toEqual([]);
    await user.type(field, "Called from her number");
    await user.click(yes());
    await waitFor(() => expect(onSent).toHaveBeenCalledOnce());
    expect(sends()[0]).toMatchObject({ guardianId: "gdn_1", channel: "EMAIL", reason: "Called from her number" });
  });
});
