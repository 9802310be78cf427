import { type FragmentOf, type ResultOf, readFragment } from "../../shared/graphql/graphql";
import { FollowedResetFields, OptionFields, ResetFields, ResettableFields } from "./fields";

export type Reset = ResultOf<typeof ResetFields>;
/** The last reset of a guardian, with what happened to it. */
export type FollowedReset = Reset & Pick<ResultOf<typeof FollowedResetFields>, "timeline">;
export type Channel = Reset["channel"];
export type Actor = Reset["requestedBy"];
type OptionData = ResultOf<typeof OptionFields>;

export interface ResetOption extends Omit<OptionData, "recent"> {
  recent: Reset | null;
}

/** A guardian with the masks taken off. */
export interface Resettable {
  id: string;
  name: string;
  contactChanges: ResultOf<typeof ResettableFields>["contactChanges"];
  options: ResetOption[];
  /** Both ways to invite, as long as there is somebody to invite. */
  invitations: ResetOption[];
  portalStatus: ResultOf<typeof ResettableFields>["portalStatus"];
  invitedAt: string | null;
  last: FollowedReset | null;
}

export function readResettable(masked: FragmentOf<typeof ResettableFields>): Resettable {
  const guardian = readFragment(ResettableFields, masked);
  return {
    id: guardian.id,
    name: guardian.name,
    contactChanges: guardian.contactChanges,
    options: guardian.passwordResetOptions.map(readOption),
    invitations: guardian.invitationOptions.map(readOption),
    portalStatus: guardian.portalStatus,
    invitedAt: guardian.invitedAt,
    last: readFollowed(guardian.lastPasswordReset),
  };
}

function readFollowed(masked: FragmentOf<typeof FollowedResetFields> | null): FollowedReset | null {
  const followed = readFragment(FollowedResetFields, masked);
  return followed && { ...readFragment(ResetFields, followed), timeline: followed.timeline };
}

export function readOption(masked: FragmentOf<typeof OptionFields>): ResetOption {
  const option = readFragment(OptionFields, masked);
  return { ...option, recent: readFragment(ResetFields, option.recent) };
}

/** How sentences call somebody: the first word of the name. */
export function firstName(name: string): string {
  return name.trim().split(/\s+/)[0] ?? name;
}
