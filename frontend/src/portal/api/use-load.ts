import { useCallback, useEffect, useRef, useState } from "react";
import { RequestFailed } from "./request";

export interface Loading<Data> {
  data: Data | null;
  error: RequestFailed | null;
  reload: () => void;
}

/** Reads something when the component appears and whenever `load` changes; what was read stays meanwhile. */
export function useLoad<Data>(load: () => Promise<Data>): Loading<Data> {
  const [state, setState] = useState<{ data: Data | null; error: RequestFailed | null }>({ data: null, error: null });
  const run = useRef(0);
  const reload = useCallback(() => {
    const mine = ++run.current;
    load().then(
      (data) => mine === run.current && setState({ data, error: null }),
      (error) =>
        mine === run.current &&
        setState((old) => ({ ...old, error: error instanceof RequestFailed ? error : new RequestFailed("server") })),
    );
  }, [load]);
  useEffect(() => {
    reload();
    return () => {
      run.current++;
    };
  }, [reload]);
  return { ...state, reload };
}
