import { PageTitle } from "../../../shared/ui/page";
import { Editor } from "./Editor";
import { BackLink } from "./PolicyScreen";
import { usePoliciesWords } from "./words";

export function NewPolicy() {
  const t = usePoliciesWords();
  return (
    <div className="grid gap-5">
      <BackLink />
      <PageTitle>{t("new")}</PageTitle>
      <Editor policy={null} />
    </div>
  );
}
