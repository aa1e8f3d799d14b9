import { msg, str } from "@lit/localize";
import { html, nothing } from "lit";
import { define } from "../elements/define.js";
import { BlindSpotsError } from "../engine/errors.js";
import type { Lesson, Problem, SameAs, Verified, VerifiedTask } from "../engine/messages.js";
import { saveTable } from "../lab/csv.js";
import { Latest, stale } from "../lab/latest.js";
import { list } from "../lab/language.js";
import type { Said } from "../lab/saying.js";
import { saidLesson } from "./files.js";
import { missing, known, lost } from "./known.js";
import { notLoaded } from "./course.js";
import { style } from "./check-style.js";
import { LessonDialog } from "./dialog.js";

/** Files of others that are named where they hold the same image. */
const MOST_NAMED = 3;

/** A result's file and what became of it; `null` while it waits. */
interface Row {
  file: File;
  verified: Verified | null;
}

/** A teacher checks the results of a class: all that they claim is computed again, on this machine. */
export class BsLessonCheck extends LessonDialog {
  static override properties = {
    rows: { state: true },
    copies: { state: true },
    lesson: { state: true },
    over: { state: true },
    problem: { state: true },
  };
  static override styles = [LessonDialog.styles, style];

  declare rows: Row[];
  /** Which images several students handed in, once all is checked. */
  declare copies: SameAs[];
  /** The lesson that they have to be results of; any where it is `null`. */
  declare lesson: Lesson | null;
  declare over: boolean;
  declare problem: Said | null;
  protected override get heading(): string {
    return msg("Check results");
  }
  readonly #checking = new Latest(
    (signal) => this.#check(signal),
    (reason) => (this.problem = this.failed(reason)),
  );

  /** How many files came last. */
  #chosen = 0;
  /** Whether nobody has said which lesson counts. */
  #undecided = false;

  constructor() {
    super();
    this.rows = [];
    this.copies = [];
    this.lesson = null;
    this.over = false;
    this.problem = null;
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#checking.stop();
  }

  protected override resume(): void {
    if (this.rows.length === 0 || this.#undecided) return;
    this.problem = null;
    void this.#checking.ask();
  }

  protected override body() {
    const { rows, lesson } = this;
    const done = rows.filter(({ verified }) => verified !== null).length;
    return html`<p>
        ${msg("Drop the files of a whole class here, and the lesson’s own file if only its results are to count. Everything that a file claims is computed again.")}
      </p>
      <div
        class="drop ${this.over ? "over" : ""}"
        @dragover=${(event: DragEvent) => (event.preventDefault(), (this.over = true))}
        @dragleave=${() => (this.over = false)}
        @drop=${(event: DragEvent) => (event.preventDefault(), (this.over = false), this.#take(event.dataTransfer?.files))}
      >
        <label class="button">
          ${msg("Choose files")}
          <input
            type="file"
            multiple
            accept=".json"
            aria-label=${msg("Results of students")}
            @change=${({ target }: Event) => this.#choose(target as HTMLInputElement)}
          />
        </label>
        <span class="small muted">${msg("or drop them here")}</span>
      </div>
      ${lesson ? html`<p class="small" data-testid="check-lesson">${msg(str`Only results of “${lesson.title}” count.`)}</p>` : nothing}
      <p class="problem" role="alert" lang=${this.problem?.lang ?? nothing}>
        ${this.problem?.text ?? nothing}
      </p>
      ${this.stopped}
      <p role="status" data-testid="check-said">${this.#said(done)}</p>
      ${done < rows.length && !this.#undecided && !this.#checking.settled ? html`<progress aria-label=${msg("Checking")} max=${rows.length} .value=${done}></progress>` : nothing}
      ${rows.length > 0 ? this.#table() : nothing}`;
  }

  #said(done: number): string {
    const count = this.rows.length;
    if (count === 0 || this.#undecided || (done < count && this.#checking.settled)) return "";
    if (missing(this.lab)) return msg("The networks are still loading. A moment, please.");
    const right = this.rows.filter(({ verified }) => verified?.verified).length;
    return done < count ? msg(str`${done} of ${count} checked …`) : msg(str`${right} of ${count} verified.`);
  }

  #table() {
    const finished = this.rows.every(({ verified }) => verified !== null);
    return html`<div class="table" tabindex="0" role="group" aria-label=${msg("Results")}>
        <table data-testid="check-table">
          <thead>
            <tr>
              <th scope="col">${msg("Name")}</th>
              <th scope="col">${msg("Code")}</th>
              <th scope="col">${msg("Tasks")}</th>
              <th scope="col">${msg("What was found")}</th>
            </tr>
          </thead>
          <tbody>
            ${this.rows.map((row, place) => this.#row(row, place))}
          </tbody>
        </table>
      </div>
      <div class="buttons">
        <button type="button" data-testid="check-csv" ?disabled=${!finished} @click=${this.#save}>
          ${msg("Save as CSV")}
        </button>
      </div>`;
  }

  #row({ file, verified }: Row, place: number) {
    if (!verified)
      return html`<tr>
        <td><bdi class="name">${file.name}</bdi></td>
        <td></td>
        <td></td>
        <td class="muted">${msg("waiting")}</td>
      </tr>`;
    const { student, code, passed, of } = verified;
    return html`<tr data-testid="check-row" data-verified=${String(verified.verified)}>
      <td>
        <bdi class="name">${student || file.name}</bdi>
        ${student ? html`<bdi class="name small muted" data-testid="check-file">${file.name}</bdi>` : nothing}
      </td>
      <td class="number">${code}</td>
      <td class="number">${of > 0 ? msg(str`${passed} of ${of}`) : nothing}</td>
      <td class=${verified.verified ? "" : "wrong"}>
        <div class="found">${this.#found(verified, place)}</div>
      </td>
    </tr>`;
  }

  #found(verified: Verified, place: number) {
    const all = problems(verified);
    const named = list([...new Set(all.map(({ what }) => words()[what]))]);
    const wrong = all.map((problem) => html`<li lang="en">${problem.words}</li>`);
    const notes = verified.notes.map((note) => html`<li class="note" lang="en">${note}</li>`);
    const alike = this.copies
      .filter(({ file }) => file === place)
      .map((same) => html`<li class="note" data-testid="check-copy">${this.#alike(same)}</li>`);
    const said = [wrong, notes, alike].flat();
    return html`${verified.verified ? msg("verified") : msg(str`not verified: ${named}`)}
    ${
      said.length > 0
        ? html`<ul class="small">
            ${said}
          </ul>`
        : nothing
    }`;
  }

  /** Who else handed in the image of a task. */
  #alike({ task, others }: SameAs): string {
    const number = task + 1;
    const who = [...new Set(others.flatMap((other) => this.rows[other] ?? []).map(nameOf))];
    const more = who.length - MOST_NAMED;
    const named = list([...who.slice(0, MOST_NAMED), ...(more > 0 ? [msg(str`${more} more`)] : [])]);
    return msg(str`task ${number}: the same image as ${named}`);
  }

  #choose(input: HTMLInputElement): void {
    this.#take(input.files);
    input.value = "";
  }

  #take(files: FileList | null | undefined): void {
    if (!files || files.length === 0) return;
    this.problem = null;
    this.#undecided = false;
    this.copies = [];
    this.#chosen = files.length;
    this.rows = [...this.rows, ...Array.from(files, (file) => ({ file, verified: null }))];
    void this.#checking.ask();
  }

  /**
   * Lessons are taken out first, since they say what counts. Of different ones none does: a student
   * may have put one among the results. Whether there is no doubt.
   */
  async #lessons(signal: AbortSignal): Promise<boolean> {
    const given: { file: File; lesson: Lesson }[] = [];
    for (const { file, verified } of this.rows) {
      if (verified) continue;
      const text = await saidLesson(file);
      if (stale(signal)) return false;
      if (text === null) continue;
      const lesson = await this.#read(text, signal);
      if (lesson) given.push({ file, lesson });
    }
    const [first] = given;
    if (!first) return true;
    this.rows = this.rows.filter(({ file }) => !given.some((other) => other.file === file));
    // One that comes alone is the teacher's word.
    const alone = this.#chosen === 1;
    const all = [...given.map(({ lesson }) => lesson), ...(this.lesson && !alone ? [this.lesson] : [])];
    if (new Set(all.map((lesson) => JSON.stringify(lesson))).size > 1) {
      const titled = given.map(({ file, lesson }) => `“${lesson.title}” (\u2068${file.name}\u2069)`);
      const files = list([...(this.lesson && !alone ? [`“${this.lesson.title}”`] : []), ...titled]);
      const text = msg(
        str`Which lesson counts? There are different ones: ${files}. Choose the right one alone.`,
      );
      this.#undecided = true;
      this.problem = { text, lang: null };
      return false;
    }
    this.lesson = first.lesson;
    // What was checked before has to be of this lesson, too.
    this.rows = this.rows.map((row) => ({ ...row, verified: null }));
    return true;
  }

  /** What only begins like a lesson is a result like any other, and no good one. */
  async #read(text: string, signal: AbortSignal): Promise<Lesson | null> {
    try {
      return (await (await this.lab.started.lessons()).read(text, { signal })).lesson;
    } catch (reason) {
      if (BlindSpotsError.from(reason).code !== "bad-lesson") throw reason;
      return null;
    }
  }

  async #check(signal: AbortSignal): Promise<void> {
    if (!(await this.#lessons(signal))) return;
    while (missing(this.lab) && !stale(signal))
      await new Promise((change) => this.lab.addEventListener("change", change, { once: true }));
    // Without one, a good result would pass for one of another version.
    const text = notLoaded(lost(this.lab));
    if (text !== null) {
      this.#undecided = true;
      this.problem = { text, lang: null };
      return;
    }
    for (const row of this.rows) {
      if (stale(signal)) return;
      if (row.verified) continue;
      const verified = await this.#verified(row.file, signal);
      if (stale(signal)) return;
      this.rows = this.rows.map((other) => (other.file === row.file ? { ...other, verified } : other));
    }
    const names = this.rows.map(({ file }) => file.name);
    const results = this.rows.flatMap(({ verified }) => verified ?? []);
    if (results.length < names.length) return;
    const copies = await (await this.lab.started.lessons()).copies(names, results, { signal });
    if (!stale(signal)) this.copies = copies;
  }

  /** What is found of a file; one that the browser cannot read, such as a folder, is no result. */
  async #verified(file: File, signal: AbortSignal): Promise<Verified> {
    let bytes: Uint8Array;
    try {
      bytes = new Uint8Array(await file.arrayBuffer());
    } catch {
      const problem: Problem = { what: "file", words: "it cannot be read" };
      const nothing = { student: "", title: "", code: "", passed: 0, of: 0, tasks: [], notes: [] };
      return { ...nothing, verified: false, problems: [problem] };
    }
    const wish = { signal, known: known(this.lab), lesson: this.lesson ?? undefined };
    return await (await this.lab.started.lessons()).verify(bytes, wish);
  }

  readonly #save = (): void => {
    const tasks = Math.max(0, ...this.rows.map(({ verified }) => verified?.tasks.length ?? 0));
    const places = Array.from({ length: tasks }, (_, place) => place);
    const header = [
      ...["file", "student", "code", "verified", "passed", "of"],
      ...places.map((place) => `task ${place + 1}`),
      ...["problems", "notes"],
    ];
    const rows = this.rows.map(({ file, verified }, row) => {
      const alike = this.copies.filter((same) => same.file === row).map((same) => same.words);
      return [
        file.name,
        verified?.student ?? "",
        verified?.code ?? "",
        verified?.verified ? "yes" : "no",
        String(verified?.passed ?? 0),
        String(verified?.of ?? 0),
        ...places.map((place) => mark(verified?.tasks[place])),
        verified ? said(problems(verified).map((problem) => problem.words)) : "",
        said([...(verified?.notes ?? []), ...alike]),
      ];
    });
    saveTable({ header, rows }, "results");
  };
}

/** Whose file it is, and its name, which may be written from right to left. */
function nameOf({ file, verified }: Row): string {
  const name = verified?.student ? `${verified.student} (${file.name})` : file.name;
  return `\u2068${name}\u2069`;
}

const said = (words: string[]): string => words.join("; ");

/** What became of a task, as in the table of `blindspots verify --csv`. */
function mark(task: VerifiedTask | undefined): string {
  if (!task) return "";
  if (!task.answered) return "not done";
  if (!task.verified) return "not verified";
  return task.passed ? "passed" : "not passed";
}

/** What is wrong with a file and with its tasks, which are named, as `blindspots verify` does. */
function problems({ problems: own, tasks }: Verified): Problem[] {
  const named = (place: number) => (problem: Problem) => ({
    ...problem,
    words: `task ${place + 1}: ${problem.words}`,
  });
  return [...own, ...tasks.flatMap((task, place) => task.problems.map(named(place)))];
}

const words = (): Record<Problem["what"], string> => ({
  file: msg("no result’s file, or a damaged one"),
  version: msg("made with another version"),
  code: msg("the code is not the file’s"),
  lesson: msg("another lesson"),
  network: msg("another network"),
  image: msg("an image was changed"),
  result: msg("what it claims is not what is measured"),
});

define("bs-lesson-check", BsLessonCheck);
