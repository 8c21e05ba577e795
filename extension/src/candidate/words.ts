/**
 * Every sentence a candidate reads, in one place (the checks' beside it): plain, short, kind, present tense. Translation
 * starts here.
 */
import type { KeyRefusal, Source } from "./attempt/state.ts";
import { checkWords } from "./check-words.ts";
import type { LocalCode } from "../problems.ts";

const day = new Intl.DateTimeFormat("en", { dateStyle: "long" });
const moment = new Intl.DateTimeFormat("en", { dateStyle: "long", timeStyle: "short" });

export const words = {
  product: "Invigil",
  help: "Help",
  again: "Try again",
  continue: "Continue",
  working: "One moment…",
  close: "Close",
  step: (step: number) => `Step ${step} of 4`,

  open: {
    title: "Opening your exam",
    framed: "This page does not work inside another page. Open the exam from your course again.",
    nothing: "This address holds no exam. Go to your course and open the exam there.",
    crowded: "Many people are opening an exam right now",
    crowdedText:
      "This page tries again by itself, usually within a minute. Keep it open. Your time is not running.",
    elsewhere: "Your exam is open in another tab",
    elsewhereText:
      "It goes on there. You can also continue in this tab; the other one then only watches.",
    takeOver: "Continue here",
  },

  none: {
    title: "No exam is open here",
    text: "Go to your course and open the exam there. Nothing is recorded now, and Invigil cannot see your pages.",
  },

  before: {
    title: "Before you begin",
    asks: (institution: string, exam: string) =>
      `${institution} asks you to sit “${exam}” with Invigil.`,
    recorded: "What is recorded",
    camera: "Your camera is recorded during the exam",
    microphone: "Your microphone is recorded during the exam",
    screen: "Your whole screen is recorded during the exam",
    nothingRecorded: "No picture and no sound is recorded in this exam",
    notLive: "Nobody watches live",
    reader: (institution: string) =>
      `Only authorised staff of ${institution} can see it: not the makers of this program, and not the server that keeps it`,
    deleted: (at: number) => `It is deleted on ${day.format(at)}`,
    ai: "No program judges you. No artificial intelligence looks at the recording. People do, if anybody does",
    more: "How this is kept secret",
    moreText:
      "Pictures and sound are sealed on this computer before they leave it. The server keeps sealed files that it cannot open. Only the keys of the staff named by your institution open them.",
    permissions: "What your browser will ask",
    permissionsText:
      "It asks to let Invigil show its bar in the pages of the quiz; that is given back when the exam ends. It asks for what is recorded of camera, microphone and screen; they are closed when the exam ends. Your browser remembers that Invigil may use camera and microphone until you take it back: press the icon left of this page's address.",
    notRecorded:
      "What you type, other tabs' contents outside the shared screen, and anything before or after the exam are not read.",
    agreement: "Your agreement",
    name: "Type your full name",
    nameHint: (name: string) => `As your institution knows you, for example ${name}.`,
    nameMissing: "Type your full name to go on.",
    agree: "I agree and continue",
    goOn: "Continue",
    defaultText: (institution: string) =>
      `I have read what is recorded during this exam, and I agree that ${institution} records it.`,
  },

  contact: {
    first: "This browser meets this institution for the first time",
    firstText: (server: string, institution: string) =>
      `The server ${server} says that it works for ${institution}. To be sure, compare these words with the ones on your institution's own page or in its mail:`,
    compared: "The words are the same",
    skip: "Go on without comparing",
    known: {
      managed: "Your institution has set its key on this computer.",
      course: "Your course names the same key",
      compared: "You compared this institution's words before. They are the same.",
      "first-use":
        "This is the same institution as before. Its words were not compared on this computer.",
    },
    server: (server: string, institution: string) =>
      `The server is ${server}. It works for ${institution}.`,
    details: "Who holds the key",
    signedBy: (name: string) => `The exam's key was signed by ${name}.`,
    fingerprint: "Fingerprint",
    unasked: "The institution's key could not be looked up",
    refusedTitle: "The recording cannot be kept secret now, so it does not start",
    refusedText:
      "Your time is not running. Tell your teacher or your exam office what this page says.",
    notReadyTitle: "This exam is not ready yet",
    tooOldTitle: "Update Invigil to sit this exam",
    tooOldText:
      "Your time is not running. Open your browser's page for extensions, update Invigil there, then open the exam from your course again.",
    refused: {
      "wrong-root": "The server shows another key than your institution's.",
      "course-differs": "Your course names another key than the one this server shows.",
      "rolled-back": "The server shows an older list of keys than before.",
      "not-logged": "The exam's key is not on your institution's public list.",
      expired: "The exam's key is out of date.",
      revoked: "The person who made the exam's key may not do so any more.",
      forged: "A signature on the exam's key is wrong.",
      malformed: "The server's answer about the exam's key cannot be read.",
      "not-ready":
        "The exam is not ready to be recorded: its teacher has not finished setting it up.",
      "client-too-old":
        "Your institution asks for a newer version of Invigil than this one. Update the extension.",
    } satisfies Record<KeyRefusal, string>,
  },

  permissions: {
    title: "Allow Invigil to see the quiz",
    text: "Your browser now asks whether Invigil may read the pages of the quiz. It needs this to open the quiz for you and to notice when you hand in. Invigil gives it back when the exam ends.",
    ask: "Ask my browser",
    denied:
      "Your browser did not allow it. The exam cannot start without it; your time is not running. Press the button and choose “Allow”.",
  },

  checks: checkWords,

  ready: {
    title: "Ready when you are",
    text: "When you press the button, recording starts and the quiz opens in this tab. The access code is handed in for you.",
    duration: (minutes: number) => `You have ${minutes} minutes. The quiz keeps the time.`,
    noDuration: "The quiz keeps the time.",
    endsBy:
      "Recording stops when you hand in the quiz, or when you end it yourself in the bar at the bottom right.",
    lost: "If your network goes away, carry on: the recording is kept here and sent later.",
    start: "Start the exam",
    starting: "Starting…",
    back: "Back to the checks",
  },

  recording: {
    title: "Your exam is running",
    now: "Recorded now",
    sources: { camera: "Camera", microphone: "Microphone", screen: "Screen" } satisfies Record<
      Source,
      string
    >,
    live: "Recorded",
    lost: "Stopped",
    off: "Off",
    upload: "Sent to the server",
    toQuiz: "Go to the quiz",
    end: "End the exam",
    endTitle: "End the exam?",
    endText: "Recording stops for good. If you have not handed in the quiz yet, do that first.",
    endYes: "End the exam",
    endNo: "Go on with the exam",
    screenStopped: "Screen sharing stopped",
    deviceStopped: (source: string) => `Your ${source} stopped`,
    restore: (time: string) =>
      `Your exam goes on. Start it again by ${time}; the gap is shown to the reviewer as a gap.`,
    substitute: (source: string) => `Another ${source} is recorded now`,
    substituteText: (label: string) =>
      `The one that you chose at the checks is not there, so “${label}” is recorded instead. Your exam goes on. To have yours back, plug it in, then press the button.`,
    chosen: { camera: "Use my camera again", microphone: "Use my microphone again" },
    restart: {
      camera: "Start the camera again",
      microphone: "Start the microphone again",
      screen: "Share the screen again",
    } satisfies Record<Source, string>,
  },

  upload: {
    idle: "Everything so far has arrived",
    sending: (left: string) => `Sending, ${left} to go`,
    waiting: (left: string) => `The server is busy. ${left} wait here, and are sent by themselves`,
    offline: (left: string) => `No connection. Carry on: ${left} are kept on this computer`,
    stopped: "Sending has stopped",
    disk: (minutes: number) => `Your disk lasts for ${minutes} more minutes without a connection.`,
  },

  interrupted: {
    title: "The recording was interrupted",
    crash: "Your browser, your computer or the recorder stopped. What was recorded before is kept.",
    tokenOver:
      "Your permission to record this exam is over. End the exam here: what can still be sent is sent, and you are asked about the rest.",
    text: "Press the button to go on. The time in between is shown to the reviewer as a gap. The quiz keeps the time.",
    resume: "Go on with the exam",
    denied:
      "Your browser did not allow Invigil to see the quiz, so the recording cannot go on. Press the button and choose “Allow”.",
    end: "End the exam instead",
  },

  finishing: {
    title: "The exam is over. Sending the rest",
    text: "Recording has stopped. Keep this page open until everything has arrived.",
    figures: (files: number, left: string) =>
      files === 1 ? `1 file to go, ${left}` : `${files} files to go, ${left}`,
    last: "Waiting for the server's receipt",
    refused: "The server takes nothing more of this exam",
    refusedText:
      "What the server has is safe. Trying again does not help: the time for sending is over, your institution has ended it, or a part is gone that the rest builds on. Tell your teacher or your exam office what this page says before you remove anything.",
    remove: "Remove it from this computer",
    removeTitle: "Remove this exam from this computer?",
    removeText: (files: number, left: string) =>
      files === 0
        ? "Every part of the recording was sent, but the server does not confirm all of it. After this, its receipt cannot be had any more."
        : `${files === 1 ? "1 part" : `${files} parts`} of the recording (${left}) ${files === 1 ? "was" : "were"} not sent. ${files === 1 ? "It is" : "They are"} only on this computer, and nobody can bring ${files === 1 ? "it" : "them"} back once removed. The reviewer sees that the end is missing.`,
    removeYes: "Yes, remove it",
    removeNo: "No, keep it",
  },

  closed: {
    title: "Everything arrived",
    text: (at: number) =>
      `Your exam was closed on ${moment.format(at)}. The server has confirmed everything that was recorded.`,
    incompleteTitle: "Your exam is over",
    incomplete:
      "A part of the recording could not be sent. What is missing is shown to the reviewer as a gap, with its cause.",
    what: "What arrived",
    streams: {
      camera: "Camera and microphone",
      screen: "Screen",
      events: "Times of starts and stops",
      summary: "Summaries",
      agreement: "Your agreement",
      checks: "Results of the checks",
    } as Readonly<Record<string, string>>,
    files: (count: number) => (count === 1 ? "1 file" : `${count} files`),
    size: (text: string) => `${text} in all`,
    next: "What happens next",
    nextText: (institution: string, at: number) =>
      `Staff of ${institution} may look at the recording. It is deleted on ${day.format(at)}. If you have a question, ask your teacher or your exam office.`,
    contact: (contact: string) => `You can reach them at ${contact}.`,
    given: "Invigil cannot see the quiz's pages any more, and nothing is recorded.",
    remembered:
      "Your browser remembers that Invigil may use camera and microphone. To take that back, press the icon left of this page's address and reset both.",
    save: "Save the receipt",
    saveHint: "A small text file. It proves what arrived, and holds no picture and no sound.",
    print: "Print",
    leave: "Close and forget this exam here",
  },

  failed: {
    title: "The exam cannot be recorded any more",
    "evidence-refused": "The server refused the recording.",
    "secrets-lost": "The keys of this recording are not on this computer any more.",
    "attempt-over": "This exam was ended by your institution.",
    "attempt-unknown": "The server does not know this exam any more.",
    text: "What was sent is safe. Tell your teacher or your exam office what this page says, and when it happened.",
    leave: "Close",
  },

  helpPage: {
    title: "Help",
    items: [
      [
        "The camera shows nothing",
        "Look for a slider or a key that covers it. Close other programs that use it. Unplug it and plug it in again.",
      ],
      [
        "The network is gone",
        "Carry on. The recording is kept on this computer and sent later. Do not close the browser until everything has arrived.",
      ],
      [
        "The browser crashed",
        "Open it again. Invigil offers to go on. The time in between is shown as a gap, not as a fault.",
      ],
      [
        "I need a person",
        "Write to your teacher or your exam office. Say the name of the exam and what this page shows.",
      ],
    ] as const,
    diagnostics: "For the person who helps you",
  },

  toolbar: {
    label: "Exam recording",
    recording: "Recording",
    interrupted: "Interrupted",
    ended: "Recording has ended",
    lost: (source: string) => `${source} stopped. Press to start it again`,
    goOn: "The recording stopped. Press to go on",
    sent: "All sent",
    sending: (left: string) => `${left} to send`,
    offline: "No connection. Carry on",
    since: "since the start",
    stopped: "Sending has stopped. Carry on: it is still recorded",
    end: "End",
    endSure: "End the exam? Hand in the quiz first.",
    endYes: "Yes, end it",
    endNo: "No, go on",
    help: "Help",
    collapse: "Make the bar small",
    expand: "Show the exam bar",
    move: "Move the bar to the other corner",
  },

  popup: {
    idle: "No exam is running. Invigil cannot see your pages.",
    running: "An exam is being recorded.",
    finishing: "The rest of an exam is being sent.",
    show: "Show the exam",
    staff: "Open the staff app",
  },

  problems: {
    offline: "The server does not answer. Look at your network, then try again. Nothing is lost.",
    badAnswer:
      "Something between you and the server answered instead of it. A hotel's or a school's sign-in page, perhaps: open any other page once, then try again.",
    local: {
      "no-attempt": "No exam is open in this browser. Go to your course and open it there.",
      "not-now": "That is not possible at this step. Reload this page.",
      "another-attempt": "Another exam runs in this browser. End it first.",
      "open-elsewhere": "Your exam is open in another tab. Go on there.",
      "key-refused": "The exam's key could not be trusted, so nothing is recorded.",
      "checks-open": "A check still needs you.",
      "permission-missing": "Your browser has not allowed Invigil to see the quiz.",
      "source-refused":
        "Your camera or your microphone did not start. Go back to the checks: they say what is wrong.",
      "screen-refused":
        "Your screen is not shared. Press the button again, and choose “Entire screen”.",
      "disk-full":
        "Your disk is full. Delete something large: the recording goes on as soon as there is room.",
      "secrets-lost": "The keys of this recording are not on this computer any more.",
      "recorder-silent": "The recorder does not answer. Reload this page.",
      forbidden: "This page may not do that.",
      defect: "Something went wrong in Invigil. Reload this page; nothing recorded is lost.",
    } satisfies Record<LocalCode, string>,
  },
} as const;
