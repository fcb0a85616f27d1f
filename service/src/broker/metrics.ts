/** Figures of a broker for Prometheus. */
import { Counter, Gauge, Histogram, Registry } from "prom-client";

export class Metrics {
  readonly registry = new Registry();
  readonly submitted = this.#counter("submitted_total", "jobs that were submitted", ["model", "answer"]);
  readonly ended = this.#counter("ended_total", "jobs that ended", ["model", "status"]);
  readonly fenced = this.#counter("fenced_total", "ends that were refused as their lease was lost", []);
  readonly received = this.#counter("received_bytes_total", "bytes of programs", []);
  readonly sent = this.#counter("sent_bytes_total", "bytes of results", []);
  readonly waiting = new Gauge({
    name: "nnsight_jobs_waiting",
    help: "jobs that wait for a worker",
    labelNames: ["model"],
    registers: [this.registry],
  });
  readonly runs = new Histogram({
    name: "nnsight_job_seconds",
    help: "time from a job's submission to its end",
    labelNames: ["model"],
    buckets: [0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100],
    registers: [this.registry],
  });

  #counter(name: string, help: string, labelNames: string[]): Counter {
    return new Counter({ name: `nnsight_jobs_${name}`, help, labelNames, registers: [this.registry] });
  }
}
