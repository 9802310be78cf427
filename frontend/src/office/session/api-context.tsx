import { createContext, type ReactNode, use, useCallback, useMemo, useRef, useState } from "react";
import { Provider } from "urql";
import { useLanguage } from "../../shared/i18n/i18n";
import { type Api, createApi } from "../api/client";

interface ApiControl extends Api {
  /** Forgets everything that was read; for signing in and out. */
  reset(): void;
}

const ApiContext = createContext<ApiControl | null>(null);

export function ApiProvider(props: { children: ReactNode }) {
  const { locale } = useLanguage();
  const current = useRef(locale);
  current.current = locale;
  const make = useCallback(() => createApi(() => current.current), []);
  const [api, setApi] = useState(make);
  const control = useMemo(() => ({ ...api, reset: () => setApi(make()) }), [api, make]);
  return (
    <ApiContext value={control}>
      <Provider value={api.client}>{props.children}</Provider>
    </ApiContext>
  );
}

export function useApi(): ApiControl {
  const api = use(ApiContext);
  if (!api) throw new Error("ApiProvider is missing");
  return api;
}
