import type { ButtonHTMLAttributes, ReactNode, Ref } from "react";

export interface ButtonProps extends Omit<ButtonHTMLAttributes<HTMLButtonElement>, "disabled"> {
  kind?: "primary" | "plain" | "quiet" | "danger";
  size?: "normal" | "small" | "icon";
  /** The button waits: it keeps its focus, looks unusable and does nothing. */
  waiting?: boolean;
  ref?: Ref<HTMLButtonElement>;
  children: ReactNode;
}

/** A button is never `disabled`: that would take away its focus and hide it from screen readers. */
export function Button({
  kind = "plain",
  size = "normal",
  waiting = false,
  className = "",
  onClick,
  ...rest
}: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      className={`button ${className}`}
      data-kind={kind}
      data-size={size}
      aria-disabled={waiting || rest["aria-disabled"]}
      onClick={(event) => {
        if (waiting) event.preventDefault();
        else onClick?.(event);
      }}
    />
  );
}
