import { render, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it } from "vitest";
import type { Permission } from "../../../session/session";
import { dana, fakeApi, World } from "../../../testing/world";
import PoliciesPanel from "./PoliciesPanel";
import { acceptance, family, onPaper } from "./testing";

type Family = ReturnType<typeof family>;
type Answers = Parameters<typeof fakeApi>[0];

async function open(shown: Family, permissions: Permission[] = ["POLICIES_MANAGE"], answers: Answers = {}) {
  const api = fakeApi({ FamilyPoliciesPanel: () => ({ data: { node: shown } }), ...answers });
  render(
    <World client={api.client} permissions={permissions}>
      <PoliciesPanel familyId="fam_1" signature="" />
    </World>,
  );
  await screen.findAllByRole("listitem");
  return { ...api, user: userEvent.setup() };
}

/** Words that show without opening the history. */
const atOnce = (text: string) => screen.getAllByText(text).filter((element) => !element.closest("details"));
const mark = "Mark as manually accepted";

describe("the policies of a family", () => {
  it("say who accepted and when, what is on paper, and what is missing, each in its own words", async () => {
    await open(
      family([
        { title: "Waiver 2026", history: [acceptance()] },
        { title: "Photos", history: [onPaper()] },
        { title: "House rules", missing: true },
      ]),
    );
    for (const words of [
      "Accepted by Maria Lopez, Mar 3, 2026 9:12 AM CST",
      "Manually accepted: form signed Feb 28, 2026, recorded by Dana Price, Mar 3, 2026",
      "Not accepted",
    ]) {
      expect(atOnce(words)).toHaveLength(1);
    }
    expect(screen.getAllByRole("button", { name: mark })).toHaveLength(1);
  });

  it("can be marked by those who may manage policies only", async () => {
    await open(family([{ missing: true }]), []);
    expect(screen.getByText("Not accepted")).toBeTruthy();
    expect(screen.queryByRole("button", { name: mark })).toBeNull();
  });

  it("have a line for each student where the policy is signed for each", async () => {
    const students = [
      { id: "stu_1", name: "Ana Lopez" },
      { id: "stu_2", name: "Leo Lopez" },
    ] as const;
    await open(
      family([
        { student: students[0], history: [acceptance()] },
        { student: students[1], missing: true },
      ]),
    );
    expect(screen.getAllByRole("heading", { level: 3 })).toHaveLength(1);
    expect(screen.getByRole("button", { name: mark, description: "Leo Lopez" })).toBeTruthy();
  });

  it("say what carries over, and keep what was replaced", async () => {
    await open(
      family([
        {
          number: 2,
          carriedOver: true,
          history: [acceptance(), onPaper({ supersededAt: "2026-03-03T15:12:00Z", note: "In the blue folder" })],
        },
      ]),
    );
    expect(
      screen.getByText("Accepted in version 1. It carries over: the change since then was not material."),
    ).toBeTruthy();
    const [newest, older] = within(screen.getByText("of “Waiver 2026”").closest("details") as HTMLElement)
      .getAllByRole("listitem")
      .map((item) => item.textContent);
    expect(newest).toContain("Accepted by Maria Lopez");
    expect(older).toContain("Manually accepted: form signed Feb 28, 2026");
    expect(older).toContain("Replaced by a later acceptance, Mar 3, 2026 9:12 AM CST");
    expect(older).toContain("In the blue folder");
  });

  it("tell how the password that signed in was set, and that its link went to a contact staff had changed", async () => {
    const changed = { field: "email", changedAt: "2026-03-02T22:00:00Z", changedBy: dana };
    const reset = {
      id: "rst_1",
      channel: "EMAIL" as const,
      destination: "dana.private@example.com",
      requestedAt: "2026-03-02T22:05:00Z",
      requestedBy: dana,
    };
    const credentialProvenance = {
      passwordSetAt: "2026-03-02T22:10:00Z",
      contactChangedByStaff: true,
      contactChange: changed,
      reset,
    };
    await open(family([{ history: [acceptance({ credentialProvenance })] }]));
    const notice = "The reset link went to an email address that Dana Price had changed, Mar 2, 2026 4:00 PM CST.";
    expect(atOnce(notice)).toHaveLength(1);
    expect(
      screen.getByText("By email to dana.private@example.com, Mar 2, 2026 4:05 PM CST, asked for by Dana Price"),
    ).toBeTruthy();
  });
});

describe("marking as manually accepted", () => {
  const guardians = [
    { id: "gdn_1", name: "Maria Lopez" },
    { id: "gdn_2", name: "Carlos Lopez" },
  ];
  const before = family([{ missing: true }], guardians);

  async function openDialog(answers: Answers = {}) {
    const opened = await open(before, ["POLICIES_MANAGE"], answers);
    await opened.user.click(screen.getByRole("button", { name: mark }));
    return { ...opened, dialog: within(await screen.findByRole("dialog", { name: mark })) };
  }

  async function fillIn(user: ReturnType<typeof userEvent.setup>, dialog: ReturnType<typeof within>) {
    await user.selectOptions(dialog.getByRole("combobox", { name: "Guardian who signed" }), "Carlos Lopez");
    await user.type(dialog.getByLabelText("Date on the form"), "2026-02-28");
    await user.type(dialog.getByRole("textbox", { name: /^Note/ }), "In the blue folder");
    await user.click(dialog.getByRole("checkbox", { name: "A signed, printed form is on file." }));
  }

  it("says what is missing, each at its field, and sends nothing", async () => {
    const { calls, user, dialog } = await openDialog();
    expect(dialog.getByText("This is recorded in the Audit Log with your name.")).toBeTruthy();
    await user.click(dialog.getByRole("button", { name: mark }));
    expect(
      within(dialog.getByRole("group"))
        .getAllByRole("link")
        .map((link) => link.textContent),
    ).toEqual([
      "Choose the guardian who signed.",
      "Enter the date on the form.",
      "Tick this once the signed form is on file.",
    ]);
    expect(calls.map((call) => call.name)).toEqual(["FamilyPoliciesPanel"]);
  });

  it("records exactly what the form says", async () => {
    const { calls, user, dialog } = await openDialog({
      RecordManualAcceptance: () => ({
        data: { recordManualAcceptance: { acceptance: { id: "acc_2" }, family: before, errors: [] } },
      }),
    });
    await fillIn(user, dialog);
    await user.click(dialog.getByRole("button", { name: mark }));
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    expect(calls.find((call) => call.name === "RecordManualAcceptance")?.variables).toEqual({
      input: {
        guardianId: "gdn_2",
        policyVersionId: "pv_1",
        studentId: null,
        formOnFile: true,
        signedOn: "2026-02-28",
        note: "In the blue folder",
        scanId: null,
      },
    });
    expect(screen.getByRole("status").textContent).toBe("“Waiver 2026” was marked as manually accepted.");
  });

  it("keeps what was typed when it is refused or the answer gets lost", async () => {
    const errors = [
      { __typename: "FieldError", code: "INVALID", message: "Too long ago.", path: ["input", "signedOn"] },
    ];
    const replies = [
      { data: { recordManualAcceptance: { acceptance: null, family: null, errors } } },
      "lost" as const,
      {
        data: {
          recordManualAcceptance: {
            acceptance: null,
            family: null,
            errors: [{ __typename: "FieldError", code: "ALREADY_ACCEPTED", message: "Accepted.", path: null }],
          },
        },
      },
    ];
    const { user, dialog } = await openDialog({ RecordManualAcceptance: () => replies.shift() ?? "lost" });
    await fillIn(user, dialog);
    const send = dialog.getByRole("button", { name: mark });
    await user.click(send);
    expect(await dialog.findByRole("link", { name: "Too long ago." })).toBeTruthy();
    await user.click(send);
    await dialog.findByText("We don't know yet whether it was recorded. Try again: it will not be recorded twice.");
    expect(dialog.getByRole<HTMLInputElement>("textbox", { name: /^Note/ }).value).toBe("In the blue folder");
    // The first try had been recorded: the second is told so, which is what was wanted.
    await user.click(send);
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  });
});
