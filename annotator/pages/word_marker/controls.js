// All that a person can do with a button or a key, each under one name, and what the keys depend on.

export const controlsOf = ({ answering, display, goingBack, labels, remarks, suggestion, tour, words }) => ({
  submit: () => answering.submit(),
  skip: () => answering.skip(),
  switchNoWord: () => answering.switchNoWord(),
  mayEscape: () => answering.mayEscape() || tour.isOpen(),
  escape: () => (answering.mayEscape() ? answering.escape() : tour.close()),

  undo: () => goingBack.undo(),
  redo: () => goingBack.redo(),

  chooseByDigit: (digit) => labels.chooseByDigit(digit),
  chooseNeighbour: (direction) => labels.chooseNeighbour(direction),

  hasManyLabels: () => labels.isMany(),
  findLabel: (typed) => labels.find(typed),
  searchLabels: () => labels.searchLabels(),
  onSearchKey: (event) => labels.onSearchKey(event),
  switchMostUsed: () => labels.switchMostUsed(),
  unfoldLabels: () => labels.unfold(),

  toggle: (forced) => words.toggle(forced),
  move: (where) => words.move(where),
  extend: (where, forced) => words.extend(where, forced),
  switchMode: () => words.switchMode(),
  focusWords: () => words.focus(),
  showCursor: (isShown) => words.showCursor(isShown),

  hasSuggestions: () => suggestion.areHere(),
  takeOver: () => suggestion.takeOver(),

  flag: () => remarks.flag(),
  openNote: () => remarks.openNote(),
  takeNote: () => remarks.takeNote(),
  closeNote: () => remarks.closeNote(),

  dim: () => display.dim(),
  switchView: () => display.switchView(),
  switchGuidelines: () => display.switchGuidelines(),
  hasLetters: () => display.hasLetters(),
  switchLetters: () => display.switchLetters(),
  showsKeys: () => display.showsKeys(),
  switchKeys: () => display.switchKeys(),

  nextStep: () => tour.next(),
  closeTour: () => tour.close(),
  openTour: () => tour.open(),
});
