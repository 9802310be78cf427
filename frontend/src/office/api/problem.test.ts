import { CombinedError } from "@urql/core";
import { GraphQLError } from "graphql";
import { describe, expect, it } from "vitest";
import { problemOf } from "./problem";

const failed = (extensions: Record<string, unknown>) =>
  problemOf(new CombinedError({ graphQLErrors: [new GraphQLError("a sentence", { extensions })] }));

describe("what a failed request means", () => {
  it.each([
    [{ code: "FORBIDDEN" }, "forbidden"],
    [{ code: "UNAUTHENTICATED" }, "session"],
    [{ code: "RATE_LIMITED" }, "limited"],
    [{ code: "INTERNAL" }, "server"],
    [{ code: "INTERNAL", outcome: "UNKNOWN" }, "unknown"],
    [{ code: "SOMETHING_NEW" }, "server"],
    [{}, "server"],
  ])("%o is %s", (extensions, kind) => {
    expect(failed({ ...extensions, requestId: "req-7" })).toEqual({ kind, requestId: "req-7" });
  });

  it("is about the connection where no answer came", () => {
    const lost = new CombinedError({ networkError: new TypeError("lost") });
    expect(problemOf(lost, true).kind).toBe("unreachable");
    expect(problemOf(lost, false).kind).toBe("offline");
  });
});
