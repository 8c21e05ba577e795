/** Every sentence of the staff app outside the review centre, in one place. */
const REASONS: Readonly<Record<string, string>> = {
  "wrong-root":
    "The server shows another institution key than the one this browser knows. Do not go on; call your administrator.",
  "rolled-back":
    "The server shows an older or changed list of keys. Do not go on; call your administrator.",
  "not-logged":
    "A key is not on the institution's public list. Do not go on; call your administrator.",
  expired: "A key is out of date. An administrator must renew it.",
  revoked: "A key was withdrawn by an administrator.",
  "wrong-scope": "The key belongs to another exam.",
};
const KINDS: Readonly<Record<string, string>> = {
  "wrong-key": "Your key does not open this. Ask somebody who can read this exam to add you.",
  "wrong-recipient":
    "The key is not the one that was certified for this exam. Do not go on; call your administrator.",
  tampered: "This was altered after it was sealed.",
  forged: "A signature is wrong. Do not go on; call your administrator.",
  forked: "The server shows two histories that do not fit together.",
  downgrade: "This is sealed more weakly than Invigil allows.",
  malformed: "This cannot be read as what it should be.",
  "unsupported-version": "This was made by a newer version of Invigil. Update the extension.",
};

export const words = {
  product: "Invigil",
  offline: "The server does not answer. Look at your network, then try again.",
  badAnswer:
    "Something between you and the server answered instead of it. Try again, or ask your IT.",
  busy: "The server is busy. Try again in a moment.",
  defect: "Something went wrong in Invigil. Reload this page.",
  again: "Try again",
  cancel: "Cancel",
  save: "Save",
  close: "Close",
  copy: "Copy",
  loading: "Loading…",
  sealed: (kind: string, reason: string | undefined): string =>
    (reason === undefined ? undefined : REASONS[reason]) ??
    KINDS[kind] ??
    "This could not be verified.",

  rooms: {
    exams: "Exams",
    keyring: "Your keyring",
    people: "People",
    keys: "Keys",
    lms: "LMS connections",
    audit: "Audit record",
  },
  lock: "Lock the keyring",
  signOut: "Sign out",
  skip: "Skip to the content",

  signedOut: {
    title: "You are not signed in",
    text: "Open an exam from your course in the LMS, or use the link that your administrator gave you. It brings you back here.",
  },
  enter: {
    title: "Signing in",
    failed: "The sign-in did not work",
    crowded: "Many people are signing in right now",
    crowdedText: "This page tries again by itself, usually within a minute. Keep it open.",
  },

  newKeyring: {
    title: "Make your keyring",
    lead: "What candidates record can be opened by people only, never by the server. Your keyring is what opens it. It is made in this browser.",
    make: "Make my keyring",
    phraseTitle: "Write these nine words down",
    phraseText:
      "They open your keyring on any computer. They are shown once, and nobody can tell them to you again: not your administrator, not us.",
    print: "Print",
    written: "I have written them down",
    confirmTitle: "Which words were these?",
    confirmText: "So that a slip shows now and not on the day you need them.",
    word: (place: number) => `Word ${place}`,
    confirmWrong: (place: number) => `Word ${place} is another one. Look at your paper.`,
    showAgain: "Show the words again",
    confirm: "Store my keyring",
    storing: "Sealing the keyring…",
  },
  keyring: {
    title: "Your keyring",
    unlocking: "Unlocking",
    phrase: "Your nine words open the keyring on any computer.",
    passkeyText:
      "A passkey opens it in this browser with your fingerprint, your face or your device's PIN. The words go on working.",
    addPasskey: "Add a passkey",
    hasPasskey: "This browser has a passkey for it",
    words: "Your key's words",
    wordsText:
      "An administrator compares these with what the server shows before confirming your key.",
  },
  passkey: {
    "not-allowed": "The browser did not use a passkey. Try again, or use your nine words.",
    "no-prf":
      "This passkey cannot keep a keyring: the device does not derive keys from it. Use your nine words, or a passkey of another device.",
  },
  unlock: {
    passkey: "Unlock with the passkey",
    or: "Or with your nine words",
    title: "Unlock your keyring",
    text: "Type the nine words that you wrote down. They stay in this browser.",
    label: "Your phrase",
    hint: "Nine words with a space between them.",
    unlock: "Unlock",
    working: "Unlocking…",
    wrong: "These words do not open your keyring. Look for a swapped or missing word.",
    count: (count: number) => `That are ${count} words; the phrase has nine.`,
    unknown: (list: string) => `Not a word of the list: ${list}. Look for a slip of the pen.`,
    idle: "It locks itself after 30 minutes without use.",
  },
  root: {
    title: "Make your institution's root key",
    lead: (institution: string) =>
      `You are the first administrator of ${institution}. The root key certifies everybody who may read recordings, now and later.`,
    phrase: "Your phrase once more: the root key's copy on the server is sealed with it.",
    make: "Make the root key",
    making: "Making the root key…",
    missing:
      "Your institution has no root key yet. Its administrator makes it at the first sign-in.",
    madeTitle: "Keep a copy of the root key",
    madeText:
      "Print it and put it in a safe. Whoever has it can certify readers in your institution's name. It is shown once.",
    kept: "It is in the safe",
  },
  certification: {
    pendingTitle: "An administrator must confirm your key",
    pendingText:
      "Tell an administrator these words, by telephone or in person. They see the same words beside your name under People.",
    check: "Look again",
    revokedTitle: "Your key was withdrawn",
    revokedText: "An administrator withdrew your key. Ask them why.",
  },
  trust: { failed: "The institution's keys could not be verified" },

  exams: {
    title: "Exams",
    none: "No exams yet",
    noneText:
      "Add Invigil to your course in the LMS as an external tool: the exam appears here by itself.",
    course: "Course",
    state: "State",
    frozen: "Candidates have started",
    open: "Not started yet",
    attempts: "Attempts",
    settings: "Settings",
    exam: "Exam",
  },
  exam: {
    readersTitle: "Who can watch the recordings",
    noKey: "This exam has no key yet",
    noKeyText:
      "Candidates cannot start before it has one. Making it takes a second; you are its first reader.",
    makeKey: "Make the exam's key",
    makingKey: "Making the key…",
    signedBy:
      "Everyone on this list can open what is recorded. Nobody else can, the server included.",
    waiting: "May review, cannot open yet",
    add: (name: string) => `Let ${name} read`,
    remove: (name: string) => `Remove ${name}`,
    removeTitle: (name: string) => `Remove ${name} from the readers?`,
    removeText: (name: string) =>
      `The exam gets a new key, and ${name} is not handed any key of this exam again. What ${name} opened before may have been copied.`,
    renew: "Renew the key",
    renewTitle: "Renew the exam's key?",
    renewText:
      "What is recorded from now on is sealed to a new key, for the same readers. What was recorded before stays as it is, and they can still open it.",
    keyNumber: (epoch: number, expires: number) =>
      `Key ${epoch} of this exam, good until ${new Intl.DateTimeFormat("en", { dateStyle: "long" }).format(expires)}`,
    you: "you",
    notMember: "You cannot open this exam's recordings. Ask a reader to add you.",
    saved: "Saved",
    frozen:
      "A candidate has started, so what is recorded cannot change any more. The title and the access code still can.",
    students: "What students read",
    unsaved: "You have changes that are not saved.",
    recording: "Recording",
    verification: "Checks before the start",
    quiz: "The quiz",
    conditions: "Conditions",
  },
  settings: {
    camera: [
      "Camera",
      "Recorded for the whole attempt.",
      "Your camera is recorded during the exam",
    ],
    microphone: [
      "Microphone",
      "Recorded with the camera.",
      "Your microphone is recorded during the exam",
    ],
    screen: [
      "Screen",
      "The entire screen. Sharing a window or a tab is refused with an explanation.",
      "Your whole screen is recorded during the exam",
    ],
    verify_camera: [
      "Check the camera",
      "The candidate sees their own picture and advice about the light.",
      "A check of your camera before the start",
    ],
    verify_microphone: [
      "Check the microphone",
      "The candidate says a few words.",
      "A check of your microphone before the start",
    ],
    verify_screen: [
      "Check the screen",
      "The shared surface really is the whole screen.",
      "A check of the shared screen before the start",
    ],
    one_screen: [
      "One screen only",
      "A second display stops the start.",
      "Only one screen may be connected",
    ],
    sign_agreement: [
      "Typed agreement",
      "The candidate types their full name.",
      "You agree by typing your name",
    ],
  },
  quiz: {
    launch_url: [
      "Address of the quiz",
      "Where the extension takes the candidate when recording runs.",
    ],
    access_code: [
      "Access code",
      "Handed in by the extension; candidates never see it. Set the same code in the LMS.",
    ],
    exam_start: [
      "Start page",
      "URL pattern of the page that asks for the access code. Empty: the address of the quiz, and pages with the field of Moodle or Canvas.",
    ],
    exam_take: ["Quiz pages", "URL pattern of the pages with questions."],
    exam_end: ["Page after handing in", "URL pattern. Recording ends there by itself."],
    end_button: ["Own end button", "Candidates may also end the exam in the bar."],
    duration_min: [
      "Length in minutes",
      "What candidates are told. Empty: the quiz keeps the time.",
    ],
    retention_days: ["Kept for, in days", "Then the recording is deleted."],
    agreement_text: ["Text of the agreement", "Empty: the standard text."],
  },

  people: {
    title: "People",
    name: "Name",
    roles: "Roles",
    key: "Key",
    states: {
      none: "No keyring yet",
      pending: "Waits for you",
      certified: "Confirmed",
      revoked: "Withdrawn",
    },
    confirm: "Confirm the key",
    confirmTitle: (name: string) => `Is this the key of ${name}?`,
    confirmText: (name: string) =>
      `Call ${name} and compare these words. If the server lied about the key, they differ.`,
    same: "The words are the same: confirm",
    invite: "Invite somebody",
    inviteName: "Full name",
    inviteRole: "Role",
    roleNames: {
      reviewer: "Reviewer of a course",
      author: "Author of a course",
      administrator: "Administrator",
    },
    inviteMake: "Make the link",
    inviteLink: "Send this link over a channel you trust. It works once, for 24 hours.",
  },
  keys: {
    title: "Keys",
    fingerprint: "Your institution's fingerprint",
    fingerprintText:
      "Publish these words where candidates can compare them: in the course, on your web pages, in the invitation.",
    log: "Key log",
    logText: (size: number) => `${size} entries, replayed and verified in this browser just now.`,
    administrators: "Administrators",
    expires: "The root is good until",
  },
  lms: {
    title: "LMS connections",
    none: "No LMS is connected",
    noneText:
      "Start a dynamic registration in your LMS with the address below, or add it by hand with `invigil lti add`.",
    address: "Addresses for your LMS",
    addresses: {
      registration_url: "Dynamic registration",
      login_url: "Initiate login",
      launch_url: "Tool (launch)",
      redirect_uri: "Redirection",
      jwks_url: "Public keyset",
    },
    issuer: "Issuer",
    state: "State",
    pending: "Waits for you",
    approved: "Connected",
    approve: "Approve",
  },
  audit: {
    title: "Audit record",
    when: "When",
    who: "Who",
    what: "What",
    which: "Which",
    more: "Show older",
    none: "Nothing has been recorded yet",
    server: "Server",
    /** By the action's name; one that this version does not know is shown by that name. */
    deeds: {
      "institution.make": "Made the institution",
      "person.invite": "Invited a person",
      "staff.sign-in": "Signed in",
      "exam.make": "Made an exam",
      "exam.change": "Changed an exam's settings",
      "keys.name": "Handed in a key to be confirmed",
      "keys.root": "Made the institution's root key",
      "keys.staff-key": "Confirmed a person's key",
      "keys.staff-revoke": "Revoked a person's key",
      "keys.scope-epoch": "Made or renewed an exam's key",
      "keys.member-add": "Let a person read an exam's recordings",
      "keys.member-remove": "Removed a reader of an exam's recordings",
      "lti.add": "Connected an LMS",
      "lti.approve": "Approved an LMS's connection",
      "lti.remove": "Disconnected an LMS",
      "attempt.checking": "Attempt: checks began",
      "attempt.ready": "Attempt: ready to start",
      "attempt.running": "Attempt: recording runs",
      "attempt.paused": "Attempt: paused",
      "attempt.interrupted": "Attempt: interrupted",
      "attempt.ended": "Attempt: ended",
      "attempt.terminated": "Attempt: ended by the institution",
      "evidence.fetch": "Opened an attempt's recording",
      "evidence.summaries": "Opened the summaries of an exam's attempts",
      "evidence.delete": "Deleted a recording whose time was over",
    } as Readonly<Record<string, string>>,
  },
} as const;
