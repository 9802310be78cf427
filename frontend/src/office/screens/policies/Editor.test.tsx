import { render, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it } from "vitest";
import { Router } from "wouter";
import { memoryLocation } from "wouter/memory-location";
import { today } from "../../../shared/time/format";
import { dana, fakeApi, timeZone, World } from "../../testing/world";
import { Editor } from "./Editor";
import type { EditedPolicy } from "./editor-values";

type Answers = Parameters<typeof fakeApi>[0];

const waiver: EditedPolicy = {
  id: "pol_1",
  title: "Waiver 2026",
  scope: "FAMILY",
  required: true,
  version: 3,
  number: 2,
  bodyMarkdown: "# Risks\n\nOld text.",
  bodyHtml: "<h3>Risks</h3><p>Old text.</p>",
};

const published = { data: { publishPolicyVersion: { policy: { __typename: "Policy", id: "pol_1" }, errors: [] } } };

function open(policy: EditedPolicy | null, answers: Answers = {}) {
  const api = fakeApi({
    PolicyPreview: ({ variables }) => ({
      data: { policyPreview: `<p>seen by families: ${variables.bodyMarkdown}</p>` },
    }),
    PublishPolicyVersion: () => published,
    ...answers,
  });
  const { hook, history } = memoryLocation({ path: "/policies/new", record: true });
  const shown = (edited: EditedPolicy | null) => (
    <World client={api.client} permissions={["POLICIES_MANAGE"]}>
      <Router hook={hook}>
        <Editor policy={edited} />
      </Router>
    </World>
  );
  const { rerender } = render(shown(policy));
  const sent = () => api.calls.find((call) => call.name === "PublishPolicyVersion")?.variables.input;
  return { ...api, history, sent, update: (edited: EditedPolicy) => rerender(shown(edited)), user: userEvent.setup() };
}

const field = (name: string | RegExp) => screen.getByRole<HTMLInputElement>("textbox", { name });
const publish = () => screen.getByRole("button", { name: "Publish" });
const asking = async () => within(await screen.findByRole("alertdialog"));

describe("a new policy", () => {
  it("says what is missing before it asks anything", async () => {
    const { user, calls } = open(null);
    await user.click(publish());
    expect(screen.getAllByRole("link").map((link) => link.textContent)).toEqual(["Enter a title.", "Enter the text."]);
    expect(calls).toEqual([]);
  });

  it("is shown as families will read it, published after one more question, and opened", async () => {
    const { user, history, sent } = open(null);
    await user.type(field("Title"), "Photos");
    await user.type(field("Text"), "We take photos.");
    expect(await screen.findByText("seen by families: We take photos.")).toBeTruthy();
    await user.click(screen.getByRole("radio", { name: "A guardian accepts for each student." }));
    await user.click(publish());
    const dialog = await asking();
    expect(dialog.getByText("A version can't be changed or taken back once it is published.")).toBeTruthy();
    await user.click(dialog.getByRole("button", { name: "Publish" }));
    await waitFor(() => expect(history.at(-1)).toBe("/policies/pol_1"));
    expect(sent()).toEqual({
      title: "Photos",
      required: true,
      bodyMarkdown: "We take photos.",
      effectiveFrom: today(new Date(), timeZone),
      scope: "STUDENT",
      idempotencyKey: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
  });
});

describe("a new version", () => {
  it("begins with the newest text, and asks everybody again unless somebody says that nothing changed", async () => {
    const { user, sent } = open(waiver);
    expect(field("Text").value).toBe(waiver.bodyMarkdown);
    expect(screen.getByText("Old text.")).toBeTruthy();
    expect(screen.queryByRole("radio", { name: "A guardian accepts for each student." })).toBeNull();
    expect(screen.getByRole<HTMLInputElement>("radio", { name: "Everybody accepts again" }).checked).toBe(true);
    await user.click(screen.getByRole("radio", { name: "Earlier acceptances carry over" }));
    await user.type(field(/^What changed/), "A spelling.");
    await user.click(publish());
    const dialog = await asking();
    expect(dialog.getByText(/Who accepted the version before has accepted this one too\.$/)).toBeTruthy();
    await user.click(dialog.getByRole("button", { name: "Publish" }));
    await waitFor(() =>
      expect(sent()).toMatchObject({ policyId: "pol_1", version: 3, material: false, changeNote: "A spelling." }),
    );
  });

  it("goes on top of a newer one only after that was looked at, and keeps what was typed", async () => {
    const stale = {
      __typename: "StaleVersionError",
      code: "STALE_VERSION",
      message: "Changed.",
      path: null,
      currentVersion: 4,
      changedAt: null,
      changedBy: dana,
    };
    const replies = [{ data: { publishPolicyVersion: { policy: null, errors: [stale] } } }, published];
    const { user, calls, update } = open(waiver, { PublishPolicyVersion: () => replies.shift() ?? "lost" });
    await user.type(field("Text"), " And mine.");
    await user.click(publish());
    await user.click((await asking()).getByRole("button", { name: "Publish" }));
    await screen.findByText("Dana Price published or changed this policy meanwhile.");
    expect(field("Text").value).toBe("# Risks\n\nOld text. And mine.");
    update({ ...waiver, version: 4, number: 3, bodyMarkdown: "Theirs." });
    await user.click(screen.getByRole("button", { name: "Show the newest version" }));
    expect(screen.getByText("Theirs.")).toBeTruthy();
    await user.click(publish());
    await user.click((await asking()).getByRole("button", { name: "Publish" }));
    await waitFor(() => {
      const inputs = calls.filter((call) => call.name === "PublishPolicyVersion").map((call) => call.variables.input);
      expect(inputs).toMatchObject([{ version: 3 }, { version: 4, bodyMarkdown: "# Risks\n\nOld text. And mine." }]);
    });
  });

  it("keeps everything when the answer gets lost or the preview can't be made", async () => {
    const { user } = open(waiver, { PublishPolicyVersion: () => "lost", PolicyPreview: () => "lost" });
    await user.type(field("Text"), " More.");
    expect(await screen.findByText("The preview could not be made. Your text is kept.")).toBeTruthy();
    await user.click(publish());
    await user.click((await asking()).getByRole("button", { name: "Publish" }));
    expect(await screen.findByText(/^We don't know yet whether it was published\./)).toBeTruthy();
    expect(field("Text").value).toBe("# Risks\n\nOld text. More.");
  });

  it("sends the same key until an answer comes, and says when an earlier text was published", async () => {
    const reused = {
      __typename: "SimpleError",
      code: "IDEMPOTENCY_KEY_REUSED",
      message: "This key was already used for something else.",
      path: ["input", "idempotencyKey"],
    };
    const { user, calls } = open(waiver, {
      PublishPolicyVersion: ({ variables }) =>
        /More/.test(String((variables.input as { bodyMarkdown: string }).bodyMarkdown))
          ? { data: { publishPolicyVersion: { policy: null, errors: [reused] } } }
          : "lost",
    });
    const send = async () => {
      await user.click(publish());
      await user.click((await asking()).getByRole("button", { name: "Publish" }));
    };
    await send();
    await screen.findByText(/^We don't know yet whether it was published\./);
    await user.type(field("Text"), " More.");
    await send();
    await screen.findByText(/^It was published already, as it was when you pressed Publish first\./);
    const keys = calls
      .filter((call) => call.name === "PublishPolicyVersion")
      .map((call) => (call.variables.input as { idempotencyKey: string }).idempotencyKey);
    expect(keys).toHaveLength(2);
    expect(new Set(keys).size).toBe(1);
  });
});
