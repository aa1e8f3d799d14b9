/** Gives the focus to an element where nothing has it any more, what had it being gone, or where `from` has it. */
export function takeFocus(element: HTMLElement | null, from: HTMLElement | null = null): void {
  const { activeElement } = document;
  if (!activeElement || activeElement === document.body || from?.matches(":focus"))
    element?.focus({ preventScroll: true });
}
