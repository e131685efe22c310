package dev.hairpin.agent;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;

/** Says what went wrong with a file, where the JDK's exceptions say no more than its name. */
public final class FileTrouble {
  private FileTrouble() {}

  /** {@code write /run/hairpin/applied.json: no space left on device}. */
  public static IOException during(String doing, IOException problem) {
    return new IOException(doing + ": " + reason(problem), problem);
  }

  /** {@code /run/hairpin: permission denied}; any other problem's message as it is. */
  public static String text(Exception problem) {
    if (problem instanceof FileSystemException file) {
      return file.getFile() + ": " + reason(file);
    }
    return problem.getMessage() == null ? problem.toString() : problem.getMessage();
  }

  private static String reason(IOException problem) {
    return switch (problem) {
      case NoSuchFileException none -> "no such file or directory";
      case AccessDeniedException denied -> "permission denied";
      case FileAlreadyExistsException there -> "something else is there already";
      case DirectoryNotEmptyException full -> "the directory is not empty";
      case FileSystemException file when file.getReason() != null -> file.getReason();
      default -> problem.getMessage() == null ? problem.toString() : problem.getMessage();
    };
  }
}
