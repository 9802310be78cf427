import { Search } from "lucide-react";
import { useEffect, useId, useRef, useState } from "react";
import { useLocation } from "wouter";
import { SelectField } from "../../../shared/ui/Field";
import { useT } from "../../i18n";
import { Filters } from "../../parts/Filters";
import { type FamiliesParams, type FamilyOrder, familiesUrl, familyOrders, longestSearch } from "../../urls";

const yesOrNo = [
  ["canLogIn", "families.filterLogin"],
  ["policiesMissing", "families.filterMissing"],
] as const;

/** Search, filters and order; they live in the URL, so that a list can be kept, shared and come back to. */
export function FamilyFilters(props: { params: FamiliesParams }) {
  const t = useT();
  const { params } = props;
  const [, navigate] = useLocation();
  const id = useId();
  const [text, setText] = useState(params.search ?? "");
  const typed = useRef(params.search ?? "");

  // A change from outside (Back, Clear search) shows in the field; what is being typed is left alone.
  useEffect(() => {
    const search = params.search ?? "";
    if (search !== typed.current.trim()) {
      typed.current = search;
      setText(search);
    }
  }, [params.search]);

  /** Sets a filter of yes and no, or takes it off. */
  function choose(key: "canLogIn" | "policiesMissing", value: string) {
    const { [key]: _, ...rest } = params;
    const { after: __, before: ___, ...kept } = rest;
    navigate(familiesUrl(value ? { ...kept, [key]: value === "yes" } : kept), { replace: true });
  }

  /** Any change starts at the first page: cursors belong to the filter that made them. */
  function change(next: FamiliesParams) {
    const { after: _, before: __, ...kept } = { ...params, ...next };
    navigate(familiesUrl(kept), { replace: true });
  }
  const latest = useRef(change);
  latest.current = change;

  useEffect(() => {
    const search = text.trim();
    if (search === (params.search ?? "")) return;
    const timer = setTimeout(() => latest.current({ search }), 250);
    return () => clearTimeout(timer);
  }, [text, params.search]);

  return (
    <search className="grid items-end gap-3 xl:grid-cols-[minmax(16rem,1fr)_auto]">
      <div className="grid gap-1">
        <label htmlFor={id} className="text-[0.9375rem] font-semibold">
          <span className="text-sm">{t("families.search")}</span>
        </label>
        <div className="relative">
          <Search aria-hidden className="absolute top-3 left-3 size-[1.125rem] text-ink-soft" />
          <input
            id={id}
            type="search"
            className="input pl-10"
            data-size="small"
            autoComplete="off"
            spellCheck={false}
            maxLength={longestSearch}
            value={text}
            onChange={(event) => {
              typed.current = event.target.value;
              setText(event.target.value);
            }}
          />
        </div>
      </div>
      <Filters
        set={
          [params.canLogIn, params.policiesMissing, params.archived || undefined, params.order].filter(
            (value) => value !== undefined,
          ).length
        }
        className="grid grid-cols-2 items-end gap-3 sm:grid-cols-4 xl:grid-cols-[auto_auto_auto_auto]"
      >
        {yesOrNo.map(([key, label]) => (
          <SelectField
            key={key}
            size="small"
            label={<span className="text-sm">{t(label)}</span>}
            value={params[key] === undefined ? "" : params[key] ? "yes" : "no"}
            onChange={({ target }) => choose(key, target.value)}
          >
            <option value="">{t("families.loginAny")}</option>
            <option value="yes">{t("families.loginYes")}</option>
            <option value="no">{t("families.loginNo")}</option>
          </SelectField>
        ))}
        <SelectField
          size="small"
          label={<span className="text-sm">{t("families.filterArchived")}</span>}
          value={params.archived ? "yes" : ""}
          onChange={({ target }) => change({ archived: target.value === "yes" })}
        >
          <option value="">{t("families.current")}</option>
          <option value="yes">{t("families.archived")}</option>
        </SelectField>
        <SelectField
          size="small"
          label={<span className="text-sm">{t("families.order")}</span>}
          value={params.order ?? "NAME_ASC"}
          onChange={({ target }) => change({ order: target.value as FamilyOrder })}
        >
          {familyOrders.map((order) => (
            <option key={order} value={order}>
              {t(`families.order.${order}`)}
            </option>
          ))}
        </SelectField>
      </Filters>
    </search>
  );
}
