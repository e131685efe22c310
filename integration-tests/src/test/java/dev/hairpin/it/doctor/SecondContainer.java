package dev.hairpin.it.doctor;

import static dev.hairpin.agent.doctor.Asker.OUTSIDE;

import dev.hairpin.agent.doctor.Asker;
import dev.hairpin.it.world.Namespace;
import dev.hairpin.it.world.PeerServer;
import dev.hairpin.rules.address.Protocol;

/** A container that comes and goes beside the one that stays well. */
final class SecondContainer {
  static final String NAME = "sick";
  static final int PORT = 8081;
  static final String SPEC = PORT + ":80";

  private SecondContainer() {}

  /** A fault of its own, after which another one takes its place. */
  static Fault fault(String name, Asker... lost) {
    return Fault.named(name)
        .losing(Protocol.TCP, PORT, lost.length == 0 ? new Asker[] {OUTSIDE} : lost)
        .undoneBy(SecondContainer::runWell)
        .afterwards(patient -> patient.remove(NAME));
  }

  /** Runs it, and has it serve its port. */
  static void runWell(Patient patient) {
    patient.endBackground();
    serve(patient, patient.run(NAME, "-p", SPEC));
  }

  /** Runs it without anybody who serves its port. */
  static Namespace runSilent(Patient patient) {
    return patient.run(NAME, "-p", SPEC);
  }

  private static void serve(Patient patient, Namespace network) {
    patient.world().inhabitedBy(PeerServer.in(network).tcp(80));
  }
}
