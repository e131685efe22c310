package dev.hairpin.it.doctor;

import static dev.hairpin.agent.doctor.Asker.OUTSIDE;

import dev.hairpin.agent.doctor.Code;
import dev.hairpin.it.world.Command;
import java.util.List;

/** Faults of a host whose publisher is our own agent, with a namespace that was made by hand. */
final class PublisherFaults {
  private static final int PORT = 8082;

  private PublisherFaults() {}

  /** While the agent can't put them back. */
  static Fault flushed() {
    return whileHeld("nat and filter flushed, and the agent is held")
        .host("iptables -t nat -F", "iptables -F", "iptables -P FORWARD DROP")
        .losing(OUTSIDE)
        .losingDatagrams(OUTSIDE)
        .found(Code.RULES_GONE, "");
  }

  static Fault tableDeleted() {
    return whileHeld("the table deleted, and the agent is held")
        .host("nft delete table ip hairpin")
        .losing(OUTSIDE)
        .losingDatagrams(OUTSIDE)
        .found(Code.RULES_GONE, "hairpin");
  }

  private static Fault whileHeld(String name) {
    return Fault.named(name)
        .doing(patient -> signal(patient, "STOP"))
        .found(Code.COULD_NOT_READ, "hairpin ps")
        .undoneBy(patient -> signal(patient, "CONT"))
        .afterwards(patient -> signal(patient, "CONT"));
  }

  private static void signal(Patient patient, String signal) {
    Command.of("kill", "-s", signal, String.valueOf(patient.agent().pid())).run();
  }

  /** It came before the agent, which has to publish what it published earlier. */
  static Fault portTaken() {
    return Fault.named("another program takes a port that the agent has to hold")
        .doing(patient -> {
          patient.agent().stop();
          Remembered.write(
              patient.world(),
              patient.fill("{name}"),
              List.of(Patient.TCP_SPEC, Patient.UDP_SPEC, PORT + ":80"));
          String port = String.valueOf(PORT);
          patient.listen(patient.world().host(), PORT, "busybox", "nc", "-ll", "-p", port);
          patient.agent().start();
        })
        .found(Code.PORT_TAKEN, "busybox")
        .undoneBy(patient -> {
          patient.endBackground();
          patient.agent().hairpin("unpublish", patient.fill("{name}"), PORT + ":80").run();
        });
  }
}
