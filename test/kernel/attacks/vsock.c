// Makes a socket to the host of this virtual machine.

#include "attack.h"

int main(void) {
  if (socket(40 /* AF_VSOCK */, SOCK_STREAM, 0) < 0) {
    if (access("/dev/vsock", F_OK)) absent("no vsock");
    refused("socket AF_VSOCK");
  }
  won("it has a socket to the host");
}
