package dev.hairpin.agent.cli;

import dev.hairpin.agent.ConfigurationException;
import dev.hairpin.agent.lab.Lab;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A lab in which nothing is published, that is taken away whatever ends this process's work. */
final class LabOnLoan {
  private static final Logger log = LoggerFactory.getLogger(LabOnLoan.class);

  private final Lab lab;
  private final AtomicBoolean isSettled = new AtomicBoolean();

  private LabOnLoan(Lab lab) {
    this.lab = lab;
  }

  /** Makes it. Ctrl-C takes it away too. */
  static LabOnLoan of(Lab lab) throws ConfigurationException, IOException, InterruptedException {
    LabOnLoan loan = new LabOnLoan(lab);
    lab.up(/* publish= */ false);
    Runtime.getRuntime().addShutdownHook(new Thread(loan::giveBackAtExit, "take lab away"));
    return loan;
  }

  /** Leaves it for somebody to look at. */
  void keep() {
    isSettled.set(true);
  }

  /** Takes it away, unless that was done or it is to be kept. */
  void giveBack() throws ConfigurationException, IOException, InterruptedException {
    if (!isSettled.getAndSet(true)) {
      lab.down();
    }
  }

  private void giveBackAtExit() {
    try {
      giveBack();
    } catch (ConfigurationException | IOException e) {
      log.warn("take the lab away: {}; \"hairpin lab down\" does it", e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
