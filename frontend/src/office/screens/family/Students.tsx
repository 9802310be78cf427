import { Plus } from "lucide-react";
import { useRef, useState } from "react";
import { type FragmentOf, readFragment } from "../../../shared/graphql/graphql";
import { useLanguage } from "../../../shared/i18n/i18n";
import { calendarDate } from "../../../shared/time/format";
import { announce } from "../../../shared/ui/announce";
import { useT } from "../../i18n";
import { PermittedButton } from "../../parts/PermittedButton";
import { StudentFields } from "./fields";
import { type StudentData, StudentForm } from "./StudentForm";

/** The students of the family: a line each, edited in place. */
export function Students(props: {
  familyId: string;
  students: readonly FragmentOf<typeof StudentFields>[];
  onArchive: (student: StudentData) => void;
  onChanged: () => void;
}) {
  const t = useT();
  const [adding, setAdding] = useState(false);
  const addButton = useRef<HTMLButtonElement>(null);
  const students = props.students.map((student) => readFragment(StudentFields, student));
  const close = () => {
    setAdding(false);
    requestAnimationFrame(() => addButton.current?.focus());
  };
  return (
    <section aria-labelledby="students" className="grid gap-3">
      <h2 id="students" className="caption">
        {t("family.students")}
      </h2>
      <div className="sheet overflow-hidden">
        {students.length === 0 && !adding && <p className="p-4 text-ink-soft sm:px-5">{t("student.none")}</p>}
        <ul>
          {students.map((student) => (
            <li key={student.id} className="border-b border-line last:border-0">
              <Student student={student} familyId={props.familyId} onArchive={() => props.onArchive(student)} />
            </li>
          ))}
        </ul>
        {adding && (
          <div className={students.length > 0 ? "border-t border-line" : ""}>
            <StudentForm
              student={null}
              familyId={props.familyId}
              onClose={close}
              onAdded={() => {
                close();
                announce(t("student.added"));
                props.onChanged();
              }}
            />
          </div>
        )}
      </div>
      {!adding && (
        <div>
          <PermittedButton ref={addButton} size="small" needs="FAMILIES_WRITE" onClick={() => setAdding(true)}>
            <Plus aria-hidden className="size-4" />
            {t("student.add")}
          </PermittedButton>
        </div>
      )}
    </section>
  );
}

function Student(props: { student: StudentData; familyId: string; onArchive: () => void }) {
  const { student } = props;
  const t = useT();
  const { locale } = useLanguage();
  const [editing, setEditing] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  if (editing) {
    return (
      <StudentForm
        student={student}
        familyId={props.familyId}
        onArchive={props.onArchive}
        onClose={() => {
          setEditing(false);
          requestAnimationFrame(() => button.current?.focus());
        }}
      />
    );
  }
  return (
    <div className="flex items-center justify-between gap-3 py-1.5 pr-2 pl-4 sm:pl-5">
      <p id={`student-${student.id}`} className="min-w-0 py-1">
        <span className="font-medium">{student.name}</span>
        {student.birthDate && (
          <span className="block text-sm text-ink-soft">
            {t("student.born", { date: calendarDate(student.birthDate, locale) })}
          </span>
        )}
      </p>
      <PermittedButton
        ref={button}
        kind="quiet"
        size="small"
        needs="FAMILIES_WRITE"
        aria-describedby={`student-${student.id}`}
        onClick={() => setEditing(true)}
      >
        {t("action.edit")}
      </PermittedButton>
    </div>
  );
}
