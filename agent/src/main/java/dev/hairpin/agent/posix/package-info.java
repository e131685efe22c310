/** The system calls that Java has no words for, behind one small interface. */
package dev.hairpin.agent.posix;
