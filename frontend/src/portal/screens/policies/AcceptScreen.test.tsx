import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it, vi } from "vitest";
import AcceptScreen from "./AcceptScreen";
import { accepted, answer, business, onPaper, policy, type Reply, show, status } from "./testing";

const ana = { id: "stu_1", name: "Ana Lopez" };
const leo = { id: "stu_2", name: "Leo Lopez" };
const box = (name: string) => screen.getByRole<HTMLInputElement>("checkbox", { name });
const submit = () => screen.getByRole("button", { name: "Accept and continue" });
const done: Reply = { data: { acceptPolicies: { acceptances: [{ id: "acc_9" }], errors: [] } } };
const refused = (code: string): Reply => ({
  data: {
    acceptPolicies: { acceptances: null, errors: [{ __typename: "FieldError", code, message: code, path: null }] },
  },
});

/** Shows the page; `policies` are read in turn, the last of them again and again. */
async function open(
  policies: Parameters<typeof answer>[0][],
  accept: Reply = done,
  asking: "required" | "all" = "required",
) {
  const onAccepted = vi.fn();
  const reads = policies.map(answer);
  const shown = await show(
    <AcceptScreen business={business} asking={asking} onAccepted={onAccepted} onSignedOut={() => {}} />,
    ({ name }) => (name === "AcceptPolicies" ? accept : { data: reads.length > 1 ? reads.shift() : reads[0] }),
  );
  return { ...shown, onAccepted, user: userEvent.setup() };
}

describe("accepting policies", () => {
  const waiver = policy("pol_1", "Waiver 2026", [status()]);
  const rules = policy("pol_2", "House rules", [status({ student: ana }), status({ student: leo })]);

  it("shows each text with its date, and a box for the family or for each student", async () => {
    await open([[waiver, rules]]);
    const section = screen.getByRole("region", { name: "Waiver 2026" });
    expect(within(section).getByText("Version 1, in effect since Mar 1, 2026")).toBeTruthy();
    expect(within(section).getByText("The text of Waiver 2026, version 1.")).toBeTruthy();
    expect(within(section).getByRole("heading", { name: "Risks", level: 3 })).toBeTruthy();
    expect(screen.getAllByRole("checkbox")).toEqual([
      box("I have read and accept “Waiver 2026”"),
      box("I have read and accept “House rules” for Ana"),
      box("I have read and accept “House rules” for Leo"),
    ]);
    expect(screen.getByRole("button", { name: "Sign out" })).toBeTruthy();
  });

  it("sends exactly what was shown, and goes to the receipt", async () => {
    const { calls, history, onAccepted, user } = await open([[waiver, rules]]);
    for (const one of screen.getAllByRole("checkbox")) await user.click(one);
    await user.click(submit());
    expect(calls.at(-1)).toEqual({
      name: "AcceptPolicies",
      variables: {
        input: {
          items: [
            { policyVersionId: "pol_1_v1", studentId: null },
            { policyVersionId: "pol_2_v1", studentId: "stu_1" },
            { policyVersionId: "pol_2_v1", studentId: "stu_2" },
          ],
        },
      },
    });
    await waitFor(() => expect(onAccepted).toHaveBeenCalledOnce());
    expect(history.at(-1)).toBe("/portal/sunrise/policies/receipt");
  });

  it("says what is not ticked yet, and sends nothing", async () => {
    const { calls, user } = await open([[waiver, rules]]);
    await user.click(box("I have read and accept “House rules” for Ana"));
    await user.click(submit());
    const summary = screen.getByRole("group");
    expect(
      within(summary)
        .getAllByRole("link")
        .map((link) => link.textContent),
    ).toEqual([
      "Tick that you accept “Waiver 2026”, or sign out.",
      "Tick that you accept “House rules” for Leo, or sign out.",
    ]);
    expect(document.activeElement).toBe(summary);
    await user.click(within(summary).getAllByRole("link")[0] as HTMLElement);
    expect(document.activeElement).toBe(box("I have read and accept “Waiver 2026”"));
    expect(calls.map((call) => call.name)).toEqual(["FamilyPolicies"]);
  });

  it("asks for a text that changed while it was read, and keeps the other ticks", async () => {
    const second = policy("pol_1", "Waiver 2026", [status()], { number: 2 });
    const { user } = await open(
      [
        [waiver, rules],
        [second, rules],
      ],
      refused("NOT_CURRENT_VERSION"),
    );
    for (const one of screen.getAllByRole("checkbox")) await user.click(one);
    await user.click(submit());
    const section = screen.getByRole("region", { name: "Waiver 2026" });
    await within(section).findByText("This policy was updated. Please read the new version.");
    expect(within(section).getByText("The text of Waiver 2026, version 2.")).toBeTruthy();
    expect(document.activeElement).toBe(within(section).getByRole("heading", { name: "Waiver 2026" }));
    expect(box("I have read and accept “Waiver 2026”").checked).toBe(false);
    expect(box("I have read and accept “House rules” for Ana").checked).toBe(true);
    expect(screen.getAllByText("This policy was updated. Please read the new version.")).toHaveLength(1);
  });

  it("keeps the ticks when the answer gets lost, and goes on when it was accepted after all", async () => {
    const { user } = await open([[waiver]], "lost");
    await user.click(box("I have read and accept “Waiver 2026”"));
    await user.click(submit());
    expect((await screen.findByRole("alert")).textContent).toBe("The server can't be reached. Check the connection.");
    expect(box("I have read and accept “Waiver 2026”").checked).toBe(true);
  });

  it("has nothing left to ask when the other guardian was faster", async () => {
    const theirs = policy("pol_1", "Waiver 2026", [status({ acceptance: accepted() })]);
    const { user, onAccepted } = await open([[waiver], [theirs]], refused("ALREADY_ACCEPTED"));
    await user.click(box("I have read and accept “Waiver 2026”"));
    await user.click(submit());
    await screen.findByText("You have accepted everything.");
    await user.click(screen.getByRole("button", { name: "Continue" }));
    expect(onAccepted).toHaveBeenCalledOnce();
  });

  it("says what the office recorded on paper, and asks for the rest only", async () => {
    const half = policy("pol_2", "House rules", [
      status({ student: ana, acceptance: onPaper() }),
      status({ student: leo }),
    ]);
    await open([[half]]);
    expect(screen.getByText("Accepted on paper on Feb 28, 2026, recorded by the office.")).toBeTruthy();
    expect(screen.getAllByRole("checkbox")).toEqual([box("I have read and accept “House rules” for Leo")]);
  });

  it("lets a guardian accept what is on paper, one by one, on the page of all policies", async () => {
    const paper = policy("pol_3", "Photos", [status({ acceptance: onPaper() })]);
    const { calls, user } = await open([[paper, waiver]], done, "all");
    expect(screen.queryByRole("button", { name: "Sign out" })).toBeNull();
    await user.click(submit());
    expect(screen.getByText("Tick what you accept.")).toBeTruthy();
    await user.click(box("I have read and accept “Photos”"));
    await user.click(submit());
    expect(calls.at(-1)?.variables).toEqual({ input: { items: [{ policyVersionId: "pol_3_v1", studentId: null }] } });
  });
});
