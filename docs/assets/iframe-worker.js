// Browsers start no workers for pages that are opened from a folder, and the search is one. There, an empty frame
// takes the worker's place. It runs the same script and passes copies of the same messages on, each in its turn.
if (location.protocol === "file:") {
  window.Worker = class extends EventTarget {
    constructor(url) {
      super();
      this.waiting = [];
      this.frame = document.createElement("iframe");
      this.frame.hidden = true;
      this.frame.onload = () => this.start(this.frame.contentWindow, url);
      document.documentElement.append(this.frame);
    }

    start(inside, url) {
      if (this.inside) return;
      this.inside = inside;
      inside.postMessage = (data) => {
        const message = new MessageEvent("message", { data: structuredClone(data) });
        setTimeout(() => {
          this.dispatchEvent(message);
          this.onmessage?.(message);
        });
      };
      const script = inside.document.createElement("script");
      script.src = url;
      script.onload = () => {
        this.ready = true;
        this.waiting.forEach((data) => this.postMessage(data));
      };
      inside.document.head.append(script);
    }

    postMessage(data) {
      if (!this.ready) {
        this.waiting.push(data);
        return;
      }
      const message = new MessageEvent("message", { data: this.inside.structuredClone(data) });
      setTimeout(() => this.inside.dispatchEvent(message));
    }

    terminate() {
      this.frame.remove();
    }
  };
}
