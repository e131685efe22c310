package dev.hairpin.rules.apply;

import static java.util.Objects.requireNonNull;

import dev.hairpin.rules.apply.CommandRunner.Finished;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The thread that an {@link NftContext} is used by, so that callers need not wait for ever. Nobody
 * can break a script off that is being carried out: its caller gives it up, and those after it wait
 * for it. A script that is given up before its turn is never carried out.
 */
final class NftThread {
  private static final String DOING = "run nft in this process: ";

  /** As much as a program's own: nft counts on it. */
  private static final long STACK_BYTES = 8L << 20;

  private final ExecutorService thread;
  private final NftContext context;

  private NftThread(ExecutorService thread, NftContext context) {
    this.thread = thread;
    this.context = context;
  }

  /**
   * Opens a context on a thread of its own, which stays until the process ends.
   *
   * @throws CommandException if there can be none here
   */
  static NftThread open(NftContext.Opener opener, Duration deadline) throws CommandException {
    requireNonNull(opener, "opener");
    ExecutorService thread = Executors.newSingleThreadExecutor(NftThread::daemon);
    try {
      return new NftThread(thread, await(thread, opener::open, deadline));
    } catch (CommandException e) {
      thread.shutdown();
      throw e;
    }
  }

  private static Thread daemon(Runnable task) {
    Thread thread = new Thread(null, task, "nft", STACK_BYTES);
    thread.setDaemon(true);
    return thread;
  }

  /**
   * See {@link NftContext#run}.
   *
   * @param deadline how long it may take, with those before it
   * @throws CommandException if it could not be done, or was not done in time, or the calling
   *     thread was interrupted; in the last two cases it may yet be done. The thread's interrupt
   *     status is kept
   */
  Finished run(String script, Duration deadline) throws CommandException {
    return await(thread, () -> context.run(script), deadline);
  }

  /** See {@link NftContext#check}; otherwise as {@link #run}. */
  Finished check(String script, Duration deadline) throws CommandException {
    return await(thread, () -> context.check(script), deadline);
  }

  private static <T> T await(ExecutorService thread, Callable<T> call, Duration deadline)
      throws CommandException {
    Future<T> answer = thread.submit(call);
    try {
      return answer.get(deadline.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      throw new CommandException(DOING + "no answer after " + deadline.toMillis() + " ms", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CommandException(DOING + "interrupted", e);
    } catch (ExecutionException e) {
      throw new CommandException(DOING + e.getCause().getMessage(), e);
    } finally {
      // Of one that is being carried out there is nothing to cancel.
      answer.cancel(/* mayInterruptIfRunning= */ false);
    }
  }
}
