import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it, vi } from "vitest";
import ReceiptScreen from "./ReceiptScreen";
import { accepted, answer, business, onPaper, policy, show, status } from "./testing";

const open = (policies: Parameters<typeof answer>[0]) =>
  show(<ReceiptScreen business={business} />, () => ({ data: answer(policies) }));

describe("the receipt", () => {
  it("tells who accepted what, when, which version and which text", async () => {
    await open([
      policy("pol_1", "Waiver 2026", [status({ acceptance: accepted() })]),
      policy("pol_2", "Photos", [status({ acceptance: onPaper() })]),
      policy("pol_3", "Rules", [status()]),
    ]);
    const waiver = within(screen.getByRole("region", { name: "Waiver 2026" }));
    expect(waiver.getByText("Accepted by Maria Lopez, Mar 3, 2026 9:12 AM CST")).toBeTruthy();
    expect(waiver.getByText("Version 1, in effect since Mar 1, 2026")).toBeTruthy();
    expect(waiver.getByText("ab".repeat(32))).toBeTruthy();
    expect(screen.getByText("Accepted on paper on Feb 28, 2026, recorded by the office.")).toBeTruthy();
    expect(screen.queryByRole("region", { name: "Rules" })).toBeNull();
  });

  it("names the version that was accepted where it carries over", async () => {
    await open([
      policy("pol_1", "Waiver 2026", [status({ acceptance: accepted(), carriedOver: true })], { number: 2 }),
    ]);
    expect(screen.getByText("Version 1, in effect since Mar 1, 2026")).toBeTruthy();
    expect(
      screen.getByText("Accepted in version 1, which still counts: the change since then was small."),
    ).toBeTruthy();
  });

  it("prints", async () => {
    const print = vi.fn();
    vi.stubGlobal("print", print);
    await open([policy("pol_1", "Waiver 2026", [status({ acceptance: accepted() })])]);
    await userEvent.setup().click(screen.getByRole("button", { name: "Print" }));
    expect(print).toHaveBeenCalledOnce();
    expect(screen.getByRole("link", { name: "Continue" }).getAttribute("href")).toBe("/portal/sunrise");
  });
});
