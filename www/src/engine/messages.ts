// Generated from src/web/messages.rs by `cargo xtask types`: do not edit.

/** What went wrong, for programs. */
export type ErrorCode =
  | "aborted"
  | "ambiguous-image"
  | "bad-input-transform"
  | "bad-lesson"
  | "bad-option"
  | "bad-request"
  | "bad-result"
  | "bad-shard"
  | "cannot-certify"
  | "closed"
  | "crashed"
  | "damaged-file"
  | "damaged-gzip"
  | "device-lost"
  | "empty-drawing"
  | "forbidden-by-policy"
  | "idx-count-mismatch"
  | "idx-empty"
  | "idx-label-out-of-range"
  | "idx-mislabelled"
  | "idx-too-large"
  | "idx-trailing-bytes"
  | "idx-truncated"
  | "idx-unsupported"
  | "idx-wrong-size"
  | "imprecise"
  | "internal"
  | "importer-crashed"
  | "invalid-drawing"
  | "labels-differ"
  | "lowered-damaged"
  | "lowered-flawed"
  | "lowered-truncated"
  | "malformed-onnx"
  | "mismatch"
  | "missing-file"
  | "missing-weights"
  | "network"
  | "networks-differ"
  | "no-direction"
  | "no-experiment"
  | "no-hidden-units"
  | "no-network"
  | "no-such-class"
  | "no-such-data-set"
  | "no-such-exhibit"
  | "no-such-layer"
  | "no-such-model"
  | "no-such-unit"
  | "no-training-digits"
  | "no-webgpu"
  | "not-a-digit-classifier"
  | "not-a-lowered-network"
  | "not-a-number"
  | "not-an-image"
  | "not-an-image-classifier"
  | "not-an-idx-file"
  | "not-an-onnx-file"
  | "not-finite-weights"
  | "not-the-training-set"
  | "option-not-taken"
  | "other-lowered-version"
  | "out-of-box"
  | "silent-layer"
  | "target-is-label"
  | "too-few-digits"
  | "too-few-images"
  | "too-large"
  | "too-slow"
  | "unfaithful-import"
  | "unreadable"
  | "unsupported-browser"
  | "unsupported-op"
  | "wrong-length"
  | "wrong-size";

/** Every method: what may be asked of it, and whether it looks for the smallest change or stays within a budget. */
export const methods = {
  "szegedy": { options: ["seed"], minimises: true },
  "szegedy-polished": { options: ["seed"], minimises: true },
  "nearest-boundary": { options: ["seed"], minimises: true },
  "fgsm": { options: ["epsilon", "seed"], minimises: false },
  "pgd-linf": { options: ["epsilon", "steps", "seed"], minimises: false },
  "pgd-l2": { options: ["epsilon", "steps", "seed"], minimises: false },
  "mi-fgsm": { options: ["epsilon", "steps", "seed"], minimises: false },
  "deepfool": { options: ["steps", "seed"], minimises: true },
  "cw": { options: ["steps", "seed"], minimises: true },
  "ddn": { options: ["steps", "seed"], minimises: true },
  "noise": { options: ["distortion", "seed"], minimises: false },
} as const;

/** How an adversarial example is looked for. */
export type MethodName = keyof typeof methods;

/** Former names of methods, which are understood too. */
export const formerMethods = {
  "boundary": "nearest-boundary",
} as const;
export type FormerMethodName = keyof typeof formerMethods;

/** Most strokes and points of a drawing, together. */
export const mostPoints = 100000;

/** Which backend the visitor asks for. */
export type BackendChoice = "auto" | "webgpu" | "cpu";

/** Which backend runs. */
export type BackendKind = "webgpu" | "cpu";

/** What runs, and why. */
export type Backend = {
/** The backend in use. */
kind: BackendKind,
/** Name of the graphics adapter; `None` on the processor. */
adapter: string | null,
/** A sentence for the visitor: why this one. */
reason: string,
/** Whether WebGPU could be switched to. */
webgpuAvailable: boolean, };

/** Where a model runs. */
export type Placement = {
/** The model. */
model: number,
/** The backend that runs it. */
backend: BackendKind, };

/** One point of a stroke, in units of the drawing area's side: 0 left or top, 1 right or bottom. */
export type Point = {
/** From the left. */
x: number,
/** From the top. */
y: number, };

/** One stroke: the pen's path from down to up. */
export type Stroke = {
/** The path; a single point is a dot. */
points: Array<Point>,
/** Diameter of the pen in units of the drawing area's side. */
width: number, };

/** What attacks and transfers have in common: an original, and how it is to be changed. */
export type Attempt = {
/** The original, `C·H·W` pixels in [0, 1]. */
image: Float32Array,
/** The true class; what the model, or most of several, reads where it is not given. */
label?: number,
/** How to look for adversarial examples. */
method?: MethodName | FormerMethodName,
/** Largest change allowed, for methods that take it; the method's own where it is not given. */
epsilon?: number,
/** Steps, for methods that take it. */
steps?: number,
/** Of an attack: the distortion of the method `noise`. Of a transfer: every perturbation
 * is rescaled to it (the paper's Table 4), then clipped. */
distortion?: number,
/** Seed of everything random; 0 where it is not given. */
seed?: number,
/** Whether the adversarial image is to be one that 8 bits hold, so that it fools when it is saved as
 * a picture; not where it is not given. */
eightBit?: boolean, };

/** An attack as the page asks for it. */
export type AttackRequest = {
/** The model to fool, or several that one change shall fool. */
models: Array<number>,
/** The class to reach; any other than the label where it is not given. */
target?: number,
/** Other images, `[n, C·H·W]`: where no gradient leads anywhere, the attack looks along the
 * lines to those that are read as asked. */
others?: Float32Array,
/** The original, `C·H·W` pixels in [0, 1]. */
image: Float32Array,
/** The true class; what the model, or most of several, reads where it is not given. */
label?: number,
/** How to look for adversarial examples. */
method?: MethodName | FormerMethodName,
/** Largest change allowed, for methods that take it; the method's own where it is not given. */
epsilon?: number,
/** Steps, for methods that take it. */
steps?: number,
/** Of an attack: the distortion of the method `noise`. Of a transfer: every perturbation
 * is rescaled to it (the paper's Table 4), then clipped. */
distortion?: number,
/** Seed of everything random; 0 where it is not given. */
seed?: number,
/** Whether the adversarial image is to be one that 8 bits hold, so that it fools when it is saved as
 * a picture; not where it is not given. */
eightBit?: boolean, };

/** A matrix "made for × shown to" for one image. */
export type TransferRequest = {
/** Models that are attacked and shown the results. */
models: Array<number>,
/** The original, `C·H·W` pixels in [0, 1]. */
image: Float32Array,
/** The true class; what the model, or most of several, reads where it is not given. */
label?: number,
/** How to look for adversarial examples. */
method?: MethodName | FormerMethodName,
/** Largest change allowed, for methods that take it; the method's own where it is not given. */
epsilon?: number,
/** Steps, for methods that take it. */
steps?: number,
/** Of an attack: the distortion of the method `noise`. Of a transfer: every perturbation
 * is rescaled to it (the paper's Table 4), then clipped. */
distortion?: number,
/** Seed of everything random; 0 where it is not given. */
seed?: number,
/** Whether the adversarial image is to be one that 8 bits hold, so that it fools when it is saved as
 * a picture; not where it is not given. */
eightBit?: boolean, };

/** Points of the plane through an image, as the page asks for them. */
export type SliceRequest = {
/** The model that reads them. */
model: number,
/** The original x, `C·H·W` pixels in [0, 1]. */
image: Float32Array,
/** The example x′ = x + r. */
towards: Float32Array,
/** `[n, 2]`: a and b of the points clip(x + a·r + b·d). */
at: Float32Array,
/** Seed of the random direction d. */
seed: number, };

/** Examples of many images for one model. */
export type ExamplesRequest = {
/** The model to fool. */
model: number,
/** The data set of the originals. */
set: number,
/** The first of them, from 0; 0 where it is not given. */
first?: number,
/** How many, n; all that follow where it is not given. */
count?: number,
/** How to look for the examples. */
method?: MethodName | FormerMethodName,
/** Seed of everything random; 0 where it is not given. */
seed?: number, };

/** Images made of originals, to be shown to models and counted. */
export type ShowRequest = {
/** Models that read them. */
models: Array<number>,
/** The data set of the originals. */
set: number,
/** The first of them, from 0; 0 where it is not given. */
first?: number,
/** How many, n; all that follow where it is not given. */
count?: number,
/** An example of each, `[n, C·H·W]`; Gaussian noise is shown where they are not given. */
examples?: Float32Array,
/** What every change is magnified to, or the noise's distortion; examples are shown as they are,
 * and originals without noise, where it is not given. */
distortion?: number,
/** Seed of the noise; 0 where it is not given. */
seed?: number, };

/** An example beside its original and noise of the same size, for many models to read. */
export type CompareRequest = {
/** Models that read the three images. */
models: Array<number>,
/** The original, `C·H·W` pixels in [0, 1]. */
image: Float32Array,
/** Its true class. */
label: number,
/** The example. */
example: Float32Array,
/** How many times as large its change is shown; 1 where it is not given. */
factor?: number,
/** Seed of the noise; 0 where it is not given. */
seed?: number, };

/** Images to be shown to a layer. */
export type ObserveRequest = {
/** The model. */
model: number,
/** Number of the hidden layer, from 1. */
layer: number,
/** The data set that is shown. */
set: number,
/** Images of one row; eight where it is not given. */
top?: number,
/** Random directions; 1,000 where it is not given. */
directions?: number,
/** Seed of everything random; 0 where it is not given. */
seed?: number, };

/** What a page asks about hidden units. */
export type UnitsRequest = { "task": "layers",
/** The model. */
model: number, } | { "task": "observe" } & ObserveRequest | { "task": "compare",
/** The exhibit. */
exhibit: number, } | { "task": "make",
/** The exhibit. */
exhibit: number,
/** Numbers of units, from 0. */
units: Array<number>,
/** Numbers of directions, from 0. */
directions: Array<number>, } | { "task": "forget",
/** The exhibit. */
exhibit: number, };

/** A hidden layer. */
export type LayerInfo = {
/** Its number, from 1. */
number: number,
/** Its name in the file. */
name: string,
/** Dense units or convolutional channels. */
units: number,
/** Places over which a channel's answer is the mean; 1 for a dense layer. */
places: number, };

/** Rows of top images. */
export type RowsReport = {
/** `[rows][top]`: places of the images with the largest answers, largest first. */
top: Array<Array<number>>,
/** `[rows][top]`: the answers. */
answers: Array<Array<number>>,
/** Share of the most frequent class in each row. */
purity: Array<number>,
/** (μ_max − μ_rest)/(μ_max + μ_rest) of shifted answers. */
selectivity: Array<number>,
/** Whether every image gets the same answer, so that the row says nothing. */
silent: Array<boolean>, };

/** A metric of units beside that of random directions. */
export type ContrastReport = {
/** Mean over the units. */
units: number,
/** Mean over the directions. */
directions: number,
/** Their difference by the standard deviation of the directions. */
effect: number,
/** Two-sided p-value of a permutation test. */
p: number, };

/** A share with its 95 % confidence interval by Wilson. */
export type ProportionReport = {
/** Trials that succeeded. */
hits: number,
/** All trials. */
trials: number,
/** Lower end. */
low: number,
/** Upper end. */
high: number, };

/** Metrics along a rotation from the units to a random basis. */
export type CurvePoint = {
/** 0: the units; 1: a random basis. */
alpha: number,
/** Mean purity of the basis. */
purity: number,
/** Mean selectivity of the basis. */
selectivity: number, };

/** Units beside random directions, in numbers. */
export type ComparisonReport = {
/** Images that were shown. */
images: number,
/** Units that the metrics are over. */
units: number,
/** Units that answer to nothing, and are left out. */
silent: number,
/** Random directions. */
directions: number,
/** Share of the most frequent class in a row. */
purity: ContrastReport,
/** Class selectivity. */
selectivity: ContrastReport,
/** How often an automatic judge finds the unit's row among two. */
forcedChoice: ProportionReport,
/** Metrics along the rotation. */
curve: Array<CurvePoint>, };

/** An image made by gradient ascent. */
export type MadeImage = {
/** `C·H·W` pixels in [0, 1]; `None` where there was no gradient to climb. */
image: Float32Array | null,
/** The unit's or direction's answer to it. */
answer: number,
/** Which backend computed it. */
backend: BackendKind, };

/** What the worker answers. */
export type UnitsResponse = { "task": "layers",
/** From the image to the logits; never empty. */
layers: Array<LayerInfo>, } | { "task": "observed",
/** Handle of the exhibit. */
exhibit: number,
/** One row a unit. */
units: RowsReport,
/** One row a random direction. */
directions: RowsReport,
/** Which backend computed the layer's answers. */
backend: BackendKind, } | { "task": "compared" } & ComparisonReport | { "task": "made",
/** One a unit, then one a direction. */
images: Array<MadeImage>, } | { "task": "forgotten" };

/** A digit that was found in a picture. */
export type PhotographReport = {
/** 784 pixels in [0, 1]. */
image: Float32Array,
/** Column, row, width and height of what was taken, in the picture's pixels. */
crop: [number, number, number, number],
/** Whether the ink is lighter than the paper. */
inverted: boolean,
/** What is doubtful: "nothing" (no ink), "busy" (no single digit), "faint", or nothing of that. */
said: "nothing" | "busy" | "faint" | null, };

/** Which task it is, without what it asks for. */
export type TaskKind = "fool" | "fool-together" | "resist" | "predict" | "unit-or-direction";

/** What a student is asked to do. */
export type Task = { "kind": "fool",
/** The network. */
network: string,
/** Most that the change may be: `√(Σr²/n)`, above 0 and at most 1. */
distortion: number,
/** The teacher's. */
hint?: string, } | { "kind": "fool-together",
/** The networks. */
networks: Array<string>,
/** Most that the change may be, where that matters. */
distortion?: number,
/** The teacher's. */
hint?: string, } | { "kind": "resist",
/** The network. */
network: string,
/** How far the nearest change has to be at least. */
distortion: number,
/** The teacher's. */
hint?: string, } | { "kind": "predict",
/** The network that it fools. */
network: string,
/** Those that it is shown to. */
networks: Array<string>,
/** How many of the guesses have to be right at least. */
right: number,
/** The teacher's. */
hint?: string, } | { "kind": "unit-or-direction",
/** The network whose units are shown. */
network: string,
/** How many rows are to be told apart, 1 to 100. */
answers: number,
/** The teacher's. */
hint?: string, };

/** A teacher's tasks. */
export type Lesson = {
/** That the file is a lesson. */
blindspots: "lesson",
/** Of the format: 1. */
version: 1,
/** What it is called. */
title: string,
/** What the teacher says of it. */
words?: string,
/** What is to be done, one after the other. */
tasks: Array<Task>, };

/** What a student did, to be marked. */
export type StudentWork = { "kind": "fool",
/** The digit, 784 pixels in [0, 1]. */
original: Float32Array,
/** The changed digit. */
image: Float32Array,
/** What the digit is. */
label: number, } | { "kind": "fool-together",
/** The digit. */
original: Float32Array,
/** The changed digit. */
image: Float32Array,
/** What the digit is. */
label: number, } | { "kind": "resist",
/** The digit. */
original: Float32Array,
/** What it is. */
label: number, } | { "kind": "predict",
/** The digit. */
original: Float32Array,
/** The changed digit. */
image: Float32Array,
/** What the digit is. */
label: number,
/** Whether each of the task's `networks` will be fooled, in their order. */
fooled: Array<boolean>, } | { "kind": "unit-or-direction",
/** The hidden layer, from 1. */
layer: number,
/** Of which row is the unit's. */
seed: number,
/** The row that was chosen: 0 the first, 1 the second. */
chose: Array<number>, };

/** A bundled network that is loaded. */
export type KnownModel = {
/** The name that lessons have for it. */
name: string,
/** Of its ONNX file, in hexadecimal. */
sha256: string,
/** The loaded model. */
model: number, };

/** SHA-256 of images, in hexadecimal. */
export type Hashes = {
/** Of the digit. */
original?: string,
/** Of the changed digit. */
image?: string, };

/** What a network reads. */
export type NetworkReading = {
/** Its name. */
name: string,
/** Of its ONNX file, in hexadecimal. */
sha256: string,
/** The class before the change and after it; of `resist` the first alone, of `unit-or-direction` none. */
reads: Array<number>, };

/** A task that was done: the work, and what was measured of it. */
export type Answer = {
/** Which of the lesson's tasks, from 0. */
task: number,
/** Its kind. */
kind: TaskKind,
/** Whether it did what the task asks for. */
passed: boolean,
/** The digit: its pixels as little-endian floats of 32 bits, in base64. */
original?: string,
/** The changed digit, likewise. */
image?: string,
/** What the digit is. */
label?: number,
/** Whom the student expected to be fooled. */
fooled?: Array<boolean>,
/** The hidden layer, from 1. */
layer?: number,
/** Of which row is the unit's. */
seed?: number,
/** The rows that were chosen. */
chose?: Array<number>,
/** Of the images' bytes. */
sha256?: Hashes,
/** The networks that the task names, and what they read. */
networks: Array<NetworkReading>,
/** The change's `√(Σr²/n)`; of `resist`, the nearest that the search found. */
distortion?: number,
/** How many guesses were right. */
right?: number,
/** Of how many. */
of?: number, };

/** Something that is not as a file says. */
export type Problem = {
/** What of the file it is about. */
what: "file" | "version" | "code" | "lesson" | "network" | "image" | "result",
/** A sentence. */
words: string, };

/** What recomputing says of one task. */
export type VerifiedTask = {
/** Which task it is. */
kind: TaskKind,
/** Whether the file has an answer to it. */
answered: boolean,
/** Whether all that the answer says is so; also where there is none. */
verified: boolean,
/** Whether it is passed, by what was worked out here; never where it is not verified. */
passed: boolean,
/** The change's distortion, worked out here; of `resist`, the nearest that the search found. */
distortion?: number,
/** How many guesses were right. */
right?: number,
/** Of how many. */
of?: number,
/** Of the images, as they are: the same in files of two students are worth a question. */
sha256: Hashes,
/** What is not so. */
problems: Array<Problem>, };

/** What recomputing says of a result file. */
export type Verified = {
/** Who says they did it. */
student: string,
/** The lesson's title. */
title: string,
/** The file's code. */
code: string,
/** Whether all that the file says is so. */
verified: boolean,
/** How many tasks are passed, by what was worked out here. */
passed: number,
/** How many tasks the lesson has. */
of: number,
/** One for each task of the lesson. */
tasks: Array<VerifiedTask>,
/** What is not so about the file as a whole. */
problems: Array<Problem>,
/** What is to be known, and nothing wrong. */
notes: Array<string>, };

/** An image that several students handed in. */
export type SameAs = {
/** Which file, by its place. */
file: number,
/** Which of its tasks, from 0. */
task: number,
/** Files of other students that have it, in their order. */
others: Array<number>,
/** A sentence that names some of them. */
words: string, };

/** What a page asks of its worker.
 *
 * In JavaScript the kind stands among the other fields, for serde around them
 * (`web/tagged.rs`): what serde has to look for among fields it keeps in a form
 * of its own, and the code for that took 7 % of the engine. */
export type Request = { "kind": "open",
/** The visitor's wish. */
backend: BackendChoice, } | { "kind": "load",
/** Its bytes. */
bytes: Uint8Array,
/** A name for messages. */
name: string, } | { "kind": "unload",
/** The model. */
model: number, } | { "kind": "classify",
/** The models. */
models: Array<number>,
/** `[n, C·H·W]` pixels. */
images: Float32Array, } | { "kind": "gradient",
/** The model. */
model: number,
/** `[n, C·H·W]` pixels. */
images: Float32Array,
/** `[n]`: the class whose cross-entropy is differentiated. */
labels: Uint32Array, } | { "kind": "attack" } & AttackRequest | { "kind": "transfer" } & TransferRequest | { "kind": "examples" } & ExamplesRequest | { "kind": "labels",
/** The models. */
models: Array<number>,
/** `[n, C·H·W]` pixels. */
images: Float32Array, } | { "kind": "bounds" } & BoundsRequest | { "kind": "certify" } & CertifyRequest | { "kind": "slice" } & SliceRequest | { "kind": "noise",
/** Pixels in [0, 1]. */
image: Float32Array,
/** How many images they are, one after the other; 1 where it is not given. */
count?: number,
/** √(Σ(x′−x)²/n) after clipping, as near as clipping allows. */
distortion: number,
/** Same seed, same noise; every image has its own. */
seed: number, } | { "kind": "show" } & ShowRequest | { "kind": "compare" } & CompareRequest | { "kind": "rasterise",
/** The drawing. */
strokes: Array<Stroke>, } | { "kind": "photograph",
/** Red, green, blue and opacity of each pixel, row by row. */
pixels: Uint8Array,
/** Columns. */
width: number,
/** Rows. */
height: number, } | { "kind": "pictures",
/** The file. */
file: Uint8Array, } | { "kind": "digits",
/** The images' file. */
images: Uint8Array,
/** The labels' file. */
labels: Uint8Array,
/** Whether the engine keeps them as a data set; it does not where this is not given. */
keep?: boolean, } | { "kind": "keep",
/** `[n, C·H·W]` pixels in [0, 1]. */
images: Float32Array,
/** `[n]` classes. */
labels: Uint32Array, } | { "kind": "forget",
/** The data set. */
set: number, } | { "kind": "units" } & UnitsRequest | { "kind": "lesson",
/** What is in it. */
text: string, } | { "kind": "sides",
/** Same seed, same rows. */
seed: number,
/** How many times. */
count: number, } | { "kind": "mark",
/** The lesson's file. */
lesson: string,
/** Which of its tasks, from 0. */
task: number,
/** What was done. */
work: StudentWork,
/** The bundled networks; those that the task names are needed. */
known: Array<KnownModel>, } | { "kind": "result",
/** The lesson's file. */
lesson: string,
/** Who did it. */
student: string,
/** What was marked, at most one answer a task: JSON of a list of them. */
answers: string,
/** The bundled networks, all of them: the file names their collection. */
known: Array<KnownModel>, } | { "kind": "verify",
/** The file. */
file: Uint8Array,
/** The file of the lesson that it has to answer, where that is known. */
lesson?: string,
/** The bundled networks, all of them. */
known: Array<KnownModel>, } | { "kind": "copies",
/** The files' names. */
names: Array<string>,
/** What was found of each. */
results: Array<Verified>, } | { "kind": "memory", };

/** What a worker answers. */
export type Response = { "kind": "backend",
/** What runs, and why. */
backend: Backend,
/** Where each loaded model runs now. */
placements: Array<Placement>, } | { "kind": "model" } & ModelInfo | { "kind": "done" } | { "kind": "readings",
/** `[models][images]` */
readings: Array<Array<Reading>>, } | { "kind": "gradient",
/** `[n, C·H·W]` numbers. */
gradient: Float32Array,
/** Which backend computed it. */
backend: BackendKind, } | { "kind": "attacked" } & AttackReport | { "kind": "transferred" } & TransferReport | { "kind": "examples" } & ExamplesReport | { "kind": "shown" } & ShowReport | { "kind": "compared" } & CompareReport | { "kind": "labels" } & LabelsReport | { "kind": "bounds" } & BoundsReport | { "kind": "certified" } & CertificateReport | { "kind": "slice" } & SliceReport | { "kind": "image",
/** Pixels in [0, 1]; of `Noise`, as many images as were given. */
image: Float32Array, } | { "kind": "photographed" } & PhotographReport | { "kind": "pictures",
/** `[n, 784]` pixels in [0, 1]. */
images: Float32Array, } | { "kind": "digits",
/** `[n, C·H·W]` pixels in [0, 1]. */
images: Float32Array,
/** `[n]` classes. */
labels: Array<number>,
/** The data set, where it was to be kept. */
set: number | null, } | { "kind": "kept",
/** The data set. */
set: number, } | { "kind": "units" } & UnitsResponse | { "kind": "lesson",
/** What is to be done. */
lesson: Lesson,
/** The file as it is written, whoever wrote it. */
text: string, } | { "kind": "sides",
/** Whether the first row is the unit's. */
first: Array<boolean>, } | { "kind": "marked",
/** The work with what was measured of it; not passed is an answer, too. */
answer: Answer, } | { "kind": "result",
/** The file. */
text: string,
/** Its code. */
code: string, } | { "kind": "verified" } & Verified | { "kind": "copies",
/** In the order of files and tasks. */
same: Array<SameAs>, } | { "kind": "memory" } & MemoryReport;

/** Memory that an engine holds, in bytes. */
export type MemoryReport = {
/** WebAssembly's linear memory, which never shrinks. */
wasm: number,
/** Buffers of all loaded models on the graphics device. */
device: number, };

/** How a network came to what it takes for the pixels that a person sees, and how sure that is. */
export type PixelsInfo = {
/** "given", "detected" or, where nothing is known, "assumed". */
chosen: "given" | "detected" | "assumed",
/** What it takes, in English words. */
words: string,
/** How a digit comes to its size. */
fit: "same" | "padded" | "scaled" | "cropped",
/** Whether its rows are the digit's columns. */
transposed: boolean,
/** Which of its outputs each class is, where they are not in order. */
classes: Array<number> | null,
/** The output that is read, where its file has others. */
output: string | null,
/** How many sample digits it was shown. */
samples: number,
/** The share of them that it reads with pixels from 0 to 1 as they are, where it takes others. */
plain: number | null,
/** Whether it reads so few that it may be for other images. */
poor: boolean,
/** Other numbers with which it reads about as many. */
others: Array<OtherPixels>, };

/** Numbers that a network could take for pixels as well. */
export type OtherPixels = {
/** As in `ModelInfo`. */
normalize: string,
/** As there. */
invert: boolean,
/** As there. */
accuracy: number,
/** As in `PixelsInfo`. */
words: string, };

/** A loaded network. */
export type ModelInfo = {
/** Handle for later requests. */
id: number,
/** The name it was loaded under. */
name: string,
/** The image's shape in the file without the batch. */
input: Array<number>,
/** The image that it reads: channels, rows, columns. */
image: [channels: number, height: number, width: number],
/** Classes that it tells apart. */
classes: number,
/** Number of trained constants. */
parameters: number,
/** What the file ended in: "logits", "probabilities" or "log-probabilities" of a softmax;
 * "distribution", probabilities made otherwise; or "independent", one by itself for each class. */
output: string,
/** The backend that runs it. */
backend: BackendKind,
/** The numbers that it takes for pixels from 0 to 1: "none" (the same), "0-255", "signed", or
 * means and deviations in turn, "0.1307,0.3081". */
normalize: string,
/** Whether it takes ink for what is paper here. */
invert: boolean,
/** Share of sample digits that it reads; none where it was shown none. */
accuracy: number | null,
/** Whether it rounds, and gradients go straight through its roundings. */
straightThrough: boolean,
/** What its file computes in. It is read in single precision; a change that fools it is clear of the
 * file's own rounding. */
precision: "single" | "half" | "bfloat16",
/** How it came to what it takes for pixels. */
pixels: PixelsInfo, };

/** What a model says of an image. */
export type Reading = {
/** The class with the largest logit. */
label: number,
/** Of each class; the softmax of the logits, unless the network itself ends in probabilities. */
probabilities: Array<number>,
/** The network's outputs before a last softmax, one number a class. */
logits: Array<number>,
/** Which backend computed it. */
backend: BackendKind, };

/** What an attack really cost. */
export type CostReport = {
/** Wall-clock time. */
milliseconds: number,
/** Kernel launches on the device. */
dispatches: number,
/** Command buffers submitted. */
submits: number,
/** Buffers read back. */
readbacks: number, };

/** The outcome of an attack. */
export type AttackReport = {
/** Whether the image below, measured again, is read as asked. */
success: boolean,
/** The adversarial image; `None` where none was found. */
image: Float32Array | null,
/** What the model reads in the adversarial image, or in the original where none was found;
 * of several models, the first. */
label: number,
/** What every model reads there. */
labels: Array<number>,
/** The class it should have read. */
originalLabel: number,
/** ‖r‖₂ */
l2: number,
/** Largest change of a pixel. */
linf: number,
/** √(Σr²/n), n the image's pixels */
distortion: number,
/** Whether an image was asked for that 8 bits hold: every number in it is a 255th then. */
eightBit: boolean,
/** Whether the image rounded to 8 bits still fools. */
roundedStillFools: boolean,
/** Classes that the search made for one by one; 0 where the method goes for none in particular. */
tried: number,
/** Forward passes with input gradient, counted a lane. */
evaluations: number,
/** Why it ended: "converged", "budget", "cancelled", "vanishing-gradient", "already-misread". */
stop: string,
/** Where the search began that it ended with: "original", "nearby" where the gradient vanished
 * there, or, where no gradient led anywhere, "line-to-image", "line-to-noise", "line-to-plain". */
start: string,
/** Which backend computed it; of several models, `webgpu` only where all of them ran there. */
backend: BackendKind,
/** What it cost. */
cost: CostReport, };

/** One row of a transfer matrix. */
export type TransferRow = {
/** The model that was attacked; `None` for Gaussian noise. */
source: number | null,
/** The image that was shown; `None` where the attack found nothing. */
image: Float32Array | null,
/** Its distortion. */
distortion: number,
/** What each model reads in it. */
labels: Array<number>,
/** Whether that is wrong. */
errors: Array<boolean>, };

/** "Made for × shown to" for one image. */
export type TransferReport = {
/** Columns. */
models: Array<number>,
/** The true class. */
label: number,
/** One row a model, then one row of noise at each row's distortion. */
rows: Array<TransferRow>,
/** Which backend computed it; of several models, `webgpu` only where all of them ran there. */
backend: BackendKind, };

/** What a model reads at points of a slice. */
export type SliceReport = {
/** Softmax of the logits, `[n, classes]`. */
probabilities: Float32Array,
/** How far clipping to [0, 1] moved each point, in lengths of r, `[n]`. */
clipped: Float32Array,
/** The random direction d, `[C·H·W]`: orthogonal to r and as long. */
aside: Float32Array,
/** Which backend computed it. */
backend: BackendKind, };

/** Examples of many images. */
export type ExamplesReport = {
/** `[n, C·H·W]`: the example; the original where it is misread as it is, or was not fooled. */
images: Float32Array,
/** `[n]`: 1 where the model misreads the image above as asked, 0 where no example was found. */
fooled: Uint8Array,
/** Which backend computed them. */
backend: BackendKind, };

/** What models made of images. */
export type ShowReport = {
/** The images that were shown, `[n, C·H·W]`. */
images: Float32Array,
/** How many they are. */
count: number,
/** Sum of their distortions from the originals. */
distortion: number,
/** How many of them each model misread. */
wrong: Array<number>,
/** `[models, n]`: what each model read. */
labels: Uint16Array,
/** Which backend computed it; of several models, `webgpu` only where all of them ran there. */
backend: BackendKind, };

/** What one model reads in the three images. */
export type Compared = {
/** In the original. */
original: Reading,
/** In the example. */
example: Reading,
/** In the noise. */
noise: Reading,
/** Whether it misreads the original already, so that nothing counts. */
already: boolean,
/** Whether the example fools it. */
fooled: boolean,
/** Whether the noise does. */
fooledByNoise: boolean, };

/** What models read in an example and in noise. */
export type CompareReport = {
/** The example, its change enlarged. */
example: Float32Array,
/** The original with noise of the same distortion. */
noise: Float32Array,
/** The distortion of both. */
distortion: number,
/** One a model. */
models: Array<Compared>, };

/** The classes that models read in many images. */
export type LabelsReport = {
/** `[models, n]` */
labels: Uint16Array,
/** Which backend computed it; of several models, `webgpu` only where all of them ran there. */
backend: BackendKind, };

/** The constants of a network. */
export type BoundsRequest = {
/** The model. */
model: number, };

/** What is proved of one digit. */
export type CertifyRequest = {
/** The model. */
model: number,
/** `C·H·W` pixels in [0, 1]. */
image: Float32Array,
/** The true class; what the model reads where it is not given. */
label?: number, };

/** One operation of a network, or the activation behind one. */
export type LayerBound = {
/** Its name in the file. */
name: string,
/** What it is, for people. */
what: string,
/** How many times as long it can make a change; `null` where it has no such number. */
constant: number | null,
/** The norm of a convolution itself, where `constant` is a bound on it. */
exact: number | null,
/** The same of the network up to here; `null` where that is unknown. */
fromImage: number | null,
/** Why it has no constant. */
unbounded: string | null, };

/** A bound that the paper prints, for another network. */
export type QuotedBound = {
/** Which layer. */
layer: string,
/** Its size. */
size: string,
/** The bound. */
bound: number, };

/** The constants of a network. */
export type BoundsReport = {
/** In the network's order; the image and reshapes left out. */
layers: Array<LayerBound>,
/** The constant of the logits; `null` where an operation has none. */
product: number | null,
/** AlexNet's, from section 4.3 of the paper: for comparison. */
quoted: Array<QuotedBound>, };

/** What is proved of one digit: lower bounds on the `‖r‖₂` of any misreading. */
export type CertificateReport = {
/** The true class. */
label: number,
/** The class that the model reads. */
predicted: number,
/** Margin over √2 times the product of all constants; `null` where that is unknown. */
product: number | null,
/** The same with the rows of the last layer, where it is dense. */
rows: number | null,
/** Certified by linear relaxation; `null` where an operation has none. */
radius: number | null,
/** Which operation that is, in a sentence. */
refused: string | null,
/** Which backend read the digit; the proof itself is always the processor's. */
backend: BackendKind, };

/** A word on the way. */
export type Progress = {
/** Share of the work that is done at most, 0 to 1. */
fraction: number,
/** Evaluations so far. */
evaluations: number,
/** ‖r‖₂ of the best image so far. */
bestL2: number | null,
/** The best image so far. */
bestImage: Float32Array | null, };

/** A failure: a stable code for programs, a sentence for the visitor. */
export type Failure = {
/** Stable name, for example "unsupported-op". */
code: ErrorCode,
/** What was wrong and what would be right. */
message: string, };
