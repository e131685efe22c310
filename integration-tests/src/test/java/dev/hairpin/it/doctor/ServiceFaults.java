package dev.hairpin.it.doctor;

import static dev.hairpin.agent.doctor.Asker.HOST;
import static dev.hairpin.agent.doctor.Asker.OUTSIDE;

import dev.hairpin.agent.doctor.Code;

/** The container stays as it is, and its service does not. */
final class ServiceFaults {
  private ServiceFaults() {}

  static Fault silent() {
    return Fault.named("the service has ended")
        .doing(Patient::silence)
        .losing(OUTSIDE, HOST)
        .found(Code.NOT_LISTENING, "{name}")
        .undoneBy(Patient::serve);
  }

  static Fault onLoopback() {
    return Fault.named("the service listens on 127.0.0.1 only")
        .doing(patient -> {
          patient.silence();
          patient.serveOn("127.0.0.1");
        })
        .losing(OUTSIDE, HOST)
        .found(Code.LISTENS_ON_LOOPBACK, "127.0.0.1:80")
        .undoneBy(patient -> {
          patient.silence();
          patient.serve();
        });
  }
}
