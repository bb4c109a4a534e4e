/**
 * Every wanted error of the product: one class, one table of codes.
 *
 * A row gives the exit code (cli.md: 1 failed, 2 wrong usage, 3 refused before the first write), the
 * message with its `{facts}`, and the hint with the next action. Messages in other languages are made
 * from the same code and facts. `docs/errors.md` explains each code; a test holds the two together.
 */

/** Values behind a message; sizes are bytes unless the name says otherwise. */
export type FactValue = string | number;

interface ErrorRow {
  readonly exit: 1 | 2 | 3;
  readonly message: string;
  readonly hint: string;
}

/** Rows in alphabetical order. */
export const ERROR_TABLE = {
  AGENT_BACKUP_NOT_READY: {
    exit: 3,
    message: 'the backup partition cannot image {image} now: {reason}',
    hint: 'Schedule BI for this image first; "nacre agent status" shows what the partition holds.',
  },
  AGENT_BOOT_ORDER: {
    exit: 3,
    message: 'the device starts from the network before its disk: {reason}',
    hint: "Put the disk first in the firmware's boot order, then schedule PI again.",
  },
  AGENT_HEALTH_FAILED: {
    exit: 1,
    message: 'the new OS did not pass its checks within {seconds} s: {reason}',
    hint: 'Look at the image, and at "health" in agent.toml. The device goes back to its older generation, where there is one.',
  },
  AGENT_JOBS_KEY: {
    exit: 3,
    message: 'the manager {server} signs jobs with another key: found {found}, needed {needed}',
    hint: 'Ask who changed it. When it is right: nacre agent enroll {server} --replace',
  },
  AGENT_MANAGER_OTHER: {
    exit: 3,
    message: 'this device belongs to {known}, and not to {wanted}',
    hint: 'To give it to the other manager: nacre agent enroll {wanted} --replace',
  },
  AGENT_MESSAGE_OLD: {
    exit: 3,
    message: 'message {number} of run {run} is not taken: {reason}',
    hint: 'Send the next message with a higher number; an agent that was restarted begins a new run.',
  },
  AGENT_MESSAGE_REFUSED: {
    exit: 3,
    message: 'the message of the agent is refused: {reason}',
    hint: 'Check that agent and manager are of the same release, and that the agent has the pin of this manager.',
  },
  AGENT_NOTHING_TO_POSTPONE: {
    exit: 1,
    message: 'nothing was put off: {reason}',
    hint: '"nacre agent status" shows what the device has in hand.',
  },
  AGENT_NOT_ENROLLED: {
    exit: 3,
    message: '{folder} holds no enrolment: this device belongs to no manager',
    hint: 'nacre agent enroll https://MANAGER:30806 --pin sha256:HEX',
  },
  AGENT_NOT_IMAGED: {
    exit: 1,
    message: 'Merlin did not image the device: {reason}',
    hint: 'Look at the screen of the device during a start, and at "nacre boot state DISK"; then schedule PI again.',
  },
  AGENT_NO_DISK: {
    exit: 3,
    message: 'no disk of this machine can take jobs: {reason}',
    hint: 'Name it in agent.toml: disk = "/dev/sda"; "nacre disk list" shows what there is.',
  },
  AGENT_PIN_NEEDED: {
    exit: 3,
    message: 'not confirmed that the manager at {server} is the right one: its key is sha256:{pin}',
    hint: 'Compare with what "nacre manager serve" prints, then: nacre agent enroll {server} --pin sha256:{pin}',
  },
  AGENT_REPORT_FOREIGN: {
    exit: 3,
    message: 'job {job} is not one of {device}',
    hint: 'A device reports its own jobs only. If the manager was restored from a backup, the job is gone: make it again.',
  },
  AGENT_RESULT_LOST: {
    exit: 1,
    message: 'job {job} was handed to Merlin, and the decision block has no result of it: {reason}',
    hint: 'The device starts. Schedule the job again.',
  },
  AGENT_RUNS: {
    exit: 3,
    message: 'an agent with process id {pid} has {folder}',
    hint: 'Stop it first: systemctl stop nacre-agent',
  },
  AGENT_STATE_DAMAGED: {
    exit: 1,
    message: '{path} is damaged: {reason}',
    hint: 'Copy it back from where you kept it; otherwise remove the folder, enrol the device again, and have it approved.',
  },
  BACKUP_DAMAGED: {
    exit: 1,
    message:
      '{location} does not hold generation {generation}: {chunks} chunks are damaged, the first in pack {pack} ({reason})',
    hint: 'The medium is failing: look at the kernel log. The generation that was current before can still be restored.',
  },
  BACKUP_NOT_FAT32: {
    exit: 3,
    message: 'partition {number} of {path} is no FAT32 volume but {found}',
    hint: 'Name the backup partition: "nacre disk show {path}" shows what each one holds.',
  },
  BACKUP_NOT_FOUND: {
    exit: 1,
    message: '{path} has no backup partition: no FAT32 volume with the label {label}',
    hint: 'Name the partition with --partition N, or make one: "nacre disk show {path}" shows what there is.',
  },
  BACKUP_NO_GENERATION: {
    exit: 1,
    message: '{location} holds no {image} (it has {present})',
    hint: 'Fill it with "nacre backup fill IMAGE DISK".',
  },
  BACKUP_NO_SPACE: {
    exit: 3,
    message:
      '{location} has {freeBytes} bytes free, {neededBytes} are needed; what stays there takes {keptBytes}',
    hint: 'Give the old generation up with --replace-old, use a smaller image, or make the backup partition larger.',
  },
  BACKUP_OVERWRITES_ITSELF: {
    exit: 3,
    message: 'restoring to {path} would overwrite {location}, which it reads from',
    hint: 'Name the partitions to restore with --partition N=M, and none that the backup lies in.',
  },
  BACKUP_SEVERAL: {
    exit: 2,
    message: '{path} has several FAT32 volumes with the label {label}: partitions {numbers}',
    hint: 'Say which one with --partition N.',
  },
  BACKUP_UNUSABLE: {
    exit: 1,
    message: 'no generation on {location} can be restored: {reasons}',
    hint: 'Fill the backup partition again, or restore from a store with "nacre image restore".',
  },
  BACKUP_VOLUME_DAMAGED: {
    exit: 3,
    message: 'the file system of {location} is damaged: {problems}',
    hint: 'Nothing was written. Save what is needed, run fsck.fat on the partition or format it anew, and fill it again.',
  },
  BOOT_BLOCK_INVALID: {
    exit: 1,
    message: 'the boot decision block cannot be read: {field} is "{found}", needed {needed}',
    hint: 'Start Merlin: it rewrites the block.',
  },
  BOOT_BLOCK_READ_BACK: {
    exit: 1,
    message: '{path} does not hold the boot decision block that was written to it',
    hint: 'The disk is failing: look at the kernel log and replace it.',
  },
  BOOT_CORE_NO_ROOM: {
    exit: 3,
    message: 'GRUB needs {neededSectors} sectors before the first partition, there are {sectors}',
    hint: 'Move the first partition to a MiB boundary, or put the boot code into the boot agent partition.',
  },
  BOOT_FILES_DAMAGED: {
    exit: 1,
    message: 'the boot environment in {folder} is damaged: {reason}',
    hint: 'Remove the folder and run "nacre boot build --out {folder}".',
  },
  BOOT_FILES_MISSING: {
    exit: 3,
    message: '{folder} holds no boot environment',
    hint: 'Run "nacre boot build --out {folder}".',
  },
  BOOT_FILE_READ_BACK: {
    exit: 1,
    message: '{path} on the boot partitions does not hold what was written to it',
    hint: 'The disk is failing: look at the kernel log and replace it.',
  },
  BOOT_PARTITION_NOT_FOUND: {
    exit: 3,
    message: '{path} has {count} FAT partitions with the label {label}, needed is 1',
    hint: 'Name the disk of a device that was laid out by "nacre disk apply".',
  },
  BOOT_RECIPE_MISSING: {
    exit: 1,
    message: 'there is no recipe {path}',
    hint: 'Build the boot environment on a machine with a checkout of nacre.',
  },
  BOOT_STATE_UNREADABLE: {
    exit: 1,
    message: 'neither Grub/grub.conf nor Grub/grub.alt of {path} holds a boot decision block',
    hint: 'The device starts Merlin, which writes them anew; or set them: nacre boot state {path} --set mode=os',
  },
  BOOT_TRUST_INVALID: {
    exit: 1,
    message: 'the trust anchors of the device cannot be read: {reason}',
    hint: 'Write the file again: "nacre disk apply" makes it from --trust or --unsigned.',
  },
  CANCELLED: {
    exit: 1,
    message: 'cancelled during {phase}',
    hint: 'Run the same command again; it does only what is left to do.',
  },
  CLI_BAD_VALUE: {
    exit: 2,
    message: '{what} cannot be "{value}", it has to be {expected}',
    hint: 'Correct the value.',
  },
  CLI_BUG: {
    exit: 1,
    message: 'this is a bug in nacre: {reason}',
    hint: 'Report it with the command and the lines below; no answer was made up.',
  },
  CLI_COMMAND_MISSING: {
    exit: 2,
    message: 'no command is given after {command}',
    hint: '"{command} --help" lists the commands.',
  },
  CLI_CONFIG_INVALID: {
    exit: 2,
    message: 'cannot read the settings of {file}, line {line}: {reason}',
    hint: 'Correct the line; each setting is of the form key = "text".',
  },
  CLI_EXTRA_ARGUMENT: {
    exit: 2,
    message: 'too many arguments for {what}',
    hint: 'Quote names with spaces; "{command} --help" shows what belongs there.',
  },
  CLI_FILE_EXISTS: {
    exit: 3,
    message: '{path} exists already',
    hint: 'Name another file; nothing is overwritten.',
  },
  CLI_MISSING_ARGUMENT: {
    exit: 2,
    message: 'the argument {what} is missing',
    hint: '"{command} --help" shows what belongs there.',
  },
  CLI_NOT_CONFIRMED: {
    exit: 3,
    message: 'not confirmed that {target} may be written: needed "{needed}", given "{given}"',
    hint: 'Nothing was changed. Look at the plan with --dry-run, then answer with --yes {needed}.',
  },
  CLI_OPTION_NEEDED: {
    exit: 2,
    message: 'the option {what} is missing',
    hint: '"{command} --help" shows what it is for.',
  },
  CLI_OPTION_NEEDS_VALUE: {
    exit: 2,
    message: 'the option {what} needs a value',
    hint: 'Put the value behind it: "{command} --help" shows which.',
  },
  CLI_SYSTEM: {
    exit: 1,
    message: '{syscall} {path} failed: {reason}',
    hint: 'Check that the path exists and that you may use it.',
  },
  CLI_UNKNOWN_COMMAND: {
    exit: 2,
    message: 'there is no command {what}',
    hint: 'Nearest spelling: {nearest}. "{command} --help" lists the commands.',
  },
  CLI_UNKNOWN_OPTION: {
    exit: 2,
    message: 'there is no option {what}',
    hint: 'Nearest spelling: {nearest}. "{command} --help" lists the options.',
  },
  CLI_USAGE: {
    exit: 2,
    message: '{reason}',
    hint: '"{command} --help" shows what belongs there.',
  },
  CONVERT_AMBIGUOUS: {
    exit: 2,
    message: '{name} is both a file here and an image of the store',
    hint: 'Write ./{name} for the file, or {name}:latest for the image.',
  },
  CONVERT_DIFFERS: {
    exit: 1,
    message: '{target} does not read back as {source}: {reason}',
    hint: 'Nothing was removed. Check the disk that holds {target} and convert again.',
  },
  CONVERT_I2D: {
    exit: 3,
    message: '{path} is an .i2d file of its vendor, whose format is not public',
    hint: 'A plain or gzip-compressed raw image in it would be read. Otherwise image a device with it and capture that: "nacre image capture DISK NAME".',
  },
  CONVERT_KEEPS_SOURCE: {
    exit: 2,
    message: '--delete-source removes files only, {path} is none',
    hint: 'Leave --delete-source out; an image is removed with "nacre image rm".',
  },
  CONVERT_NO_SPACE: {
    exit: 3,
    message: '{path} has {freeBytes} bytes free, the conversion needs {neededBytes} more',
    hint: 'Free space there, or set NACRE_TEMP to a folder with more of it.',
  },
  CONVERT_REFERS_ELSEWHERE: {
    exit: 3,
    message: '{path} takes its data from another file: {reference}',
    hint: 'Where you trust both files, make one of them: "qemu-img convert -O qcow2 IMAGE flat.qcow2", and convert that.',
  },
  CONVERT_SOURCE_CHANGED: {
    exit: 1,
    message: '{path} changed while it was converted',
    hint: 'Stop what writes to it and convert again; it was not removed.',
  },
  CONVERT_SOURCE_DAMAGED: {
    exit: 1,
    message: '{path} is damaged or cut short at offset {offset}: {reason}',
    hint: 'Fetch the file again from its origin and compare the checksums.',
  },
  CONVERT_TARGET: {
    exit: 3,
    message: 'cannot convert into {path}: {reason}',
    hint: 'Name a new file that ends in .raw, .img or .qcow2, or an image of the store.',
  },
  CONVERT_TOO_LARGE: {
    exit: 3,
    message: '{path} unpacks to {foundBytes} bytes or more, at most {maximumBytes} are converted',
    hint: 'An image of an ordinary disk is smaller: check where the file comes from.',
  },
  CONVERT_UNKNOWN_FORMAT: {
    exit: 3,
    message: '{path} holds no disk that can be converted: {reason}',
    hint: 'Known are raw disks (plain, .gz, .xz, .zst), qcow2, VHD, VHDX, VMDK, partclone images and package folders; unpack other archives first.',
  },
  CONVERT_UNSUPPORTED: {
    exit: 3,
    message: '{path} cannot be converted: {what}',
    hint: 'Convert it to raw with the program that made it, then convert the raw file.',
  },
  DISK_CHANGED: {
    exit: 3,
    message: '{path} is not the disk of the plan: found {found}, expected {expected}',
    hint: 'Look at "nacre disk list" and make the plan again for the right disk.',
  },
  DISK_GROW_UNCLEAN: {
    exit: 1,
    message: 'after growing, the {fileSystem} volume on {path} is {state}: {reason}',
    hint: 'Restore the image again without --grow, then check the volume with its own tools.',
  },
  DISK_IN_USE: {
    exit: 3,
    message: '{path} is in use: {use}',
    hint: 'Unmount it or stop what uses it, and try again; "nacre disk show {path}" names all users.',
  },
  DISK_IO: {
    exit: 1,
    message: '{syscall} {path} failed: {reason}',
    hint: 'Check the cable, the medium and the kernel log of this device.',
  },
  DISK_NOT_A_DISK: {
    exit: 1,
    message: '{path} is neither a block device nor a regular file',
    hint: 'Name a disk that "nacre disk list" shows, or an image file.',
  },
  DISK_NOT_FOUND: {
    exit: 1,
    message: '{path} does not exist',
    hint: 'Name a disk that "nacre disk list" shows, or an image file.',
  },
  DISK_NO_PARTITION: {
    exit: 3,
    message: '{path} has no partition {number} (it has {present})',
    hint: 'Run "nacre disk show {path}" to see its partitions.',
  },
  DISK_PARTITION_TOO_SMALL: {
    exit: 3,
    message: 'partition {number} of {path} has {sizeBytes} bytes, the image needs {neededBytes}',
    hint: 'Make the partition larger first, or choose another one; a restore cannot shrink a volume.',
  },
  DISK_PERMISSION: {
    exit: 1,
    message: 'no permission to {action} {path}',
    hint: 'Run the command as root, or as a user who may {action} this disk.',
  },
  DISK_READ_BACK: {
    exit: 1,
    message: '{path} does not hold at offset {offset} what was written there ({what})',
    hint: 'The medium is failing or lies about its size; do not use it, and look at the kernel log.',
  },
  DISK_READ_ONLY: {
    exit: 3,
    message: '{path} is read-only',
    hint: 'Remove the write protection (switch on the card, "blockdev --setrw"), or choose another disk.',
  },
  DISK_SECTOR_SIZE: {
    exit: 3,
    message: '{path} has sectors of {sectorSize} bytes, needed are {neededSectorSize}',
    hint: 'Choose a disk with the same sector size; for an image file give the right --sector-size.',
  },
  DISK_STRUCTURE: {
    exit: 1,
    message: 'read bytes that contradict themselves: {what}',
    hint: 'Check the volume that is named with its own tools; for an image run "nacre store check".',
  },
  DISK_TABLE_DAMAGED: {
    exit: 3,
    message: 'the partition table of {path} is damaged: {reason}',
    hint: 'Repair it first ("sgdisk --verify" or "sfdisk --verify" name the damage), or name the right --sector-size.',
  },
  DISK_TABLE_INVALID: {
    exit: 3,
    message: 'cannot write this partition table: {reason}',
    hint: 'Change the entry that is named; "nacre disk show" shows the disk as it is.',
  },
  DISK_TOO_SMALL: {
    exit: 3,
    message: '{path} has {sizeBytes} bytes, needed are {neededBytes}',
    hint: 'Choose a larger disk.',
  },
  DISK_VANISHED: {
    exit: 1,
    message: '{path} went away while it was used: {reason}',
    hint: 'Connect the disk again, check its cable and the kernel log, and run the same command once more.',
  },
  FAT_DIRECTORY_FULL: {
    exit: 1,
    message: 'no room for the entry of {path} in its folder',
    hint: 'Remove files from that folder, or put the file into a folder of its own.',
  },
  FAT_FILE_TOO_LARGE: {
    exit: 3,
    message: 'a file on FAT cannot have {neededBytes} bytes, at most {mostBytes}',
    hint: 'Split it.',
  },
  FAT_FOLDER_NOT_EMPTY: {
    exit: 1,
    message: '{path} is a folder with files in it',
    hint: 'Remove them first.',
  },
  FAT_FULL: {
    exit: 1,
    message: 'the FAT volume is full: {neededBytes} bytes are needed, {freeBytes} are free',
    hint: 'Free room on it, or use a larger partition.',
  },
  FAT_NAME_INVALID: {
    exit: 2,
    message: '"{name}" cannot be a name on FAT: {reason}',
    hint: 'Choose another name.',
  },
  FAT_NOT_A_FILE: {
    exit: 1,
    message: '{path} is not a file',
    hint: 'Name a file.',
  },
  FAT_NOT_A_FOLDER: {
    exit: 1,
    message: 'a part of {path} is a file, not a folder',
    hint: 'Correct the path.',
  },
  FAT_NOT_FOUND: {
    exit: 1,
    message: '{path} is not on the FAT volume',
    hint: 'Correct the path.',
  },
  FAT_SIZE_UNFIT: {
    exit: 3,
    message:
      '{type} does not fit {sizeBytes} bytes with sectors of {sectorSize}: {clusters} clusters, needed {least} to {most}',
    hint: 'Choose another size or another type.',
  },
  IMAGE_AMBIGUOUS: {
    exit: 2,
    message: '{image} means {count} versions: {ids}',
    hint: 'Give more digits of the id.',
  },
  IMAGE_CHUNK_DAMAGED: {
    exit: 1,
    message:
      'chunk {chunk} of partition {partition} is damaged in {pack} at offset {packOffset}: expected {expected}, found {found}',
    hint: 'Fetch the named pack again from another copy of the store with "nacre store sync --check".',
  },
  IMAGE_CHUNK_MISSING: {
    exit: 1,
    message: 'chunk {chunk} of partition {partition} is in none of the packs: {digest}',
    hint: 'Run "nacre store check"; fetch the missing packs of this version from another copy of the store.',
  },
  IMAGE_DIGESTS_DIFFER: {
    exit: 1,
    message:
      'the versions cannot be compared: one has digests of kind {from}, the other of kind {to}',
    hint: 'Capture one of them again with the digest of the other.',
  },
  IMAGE_EXISTS: {
    exit: 3,
    message: 'there is an image {image} already, with {versions} versions (with those in the bin)',
    hint: 'Choose another name. Nothing was changed.',
  },
  IMAGE_FORMAT: {
    exit: 1,
    message: 'the {part} breaks the image format: {field} is {found}, needed {needed}',
    hint: 'Run "nacre store check" and fetch the damaged file again from another copy of the store.',
  },
  IMAGE_FORMAT_VERSION: {
    exit: 1,
    message: 'the {part} has format version {found}, this program reads version {known}',
    hint: 'Use a newer nacre for this image.',
  },
  IMAGE_GROW_WHOLE_DISK: {
    exit: 2,
    message: 'a restore of single partitions cannot grow them',
    hint: 'Leave out --grow, or restore the whole disk.',
  },
  IMAGE_IN_BIN: {
    exit: 1,
    message: '{image} lies in the bin: version {id}',
    hint: 'Bring it back with "nacre image bin restore", or name another version.',
  },
  IMAGE_KEY_INVALID: {
    exit: 2,
    message: 'this is no Ed25519 {kind} key in PEM form: {reason}',
    hint: 'Make a pair with "nacre key make FILE"; the public key is for --trust, the private one for --sign.',
  },
  IMAGE_MANIFEST_DAMAGED: {
    exit: 1,
    message: 'the manifest of version {id} is damaged: {reason}',
    hint: 'Fetch it again from another copy of the store with "nacre store sync".',
  },
  IMAGE_NAME: {
    exit: 2,
    message: '"{found}" does not name an image: needed {needed}',
    hint: 'IMAGE is NAME, NAME@ID or NAME:LABEL.',
  },
  IMAGE_NOT_FOUND: {
    exit: 1,
    message: '{store} holds no {image}',
    hint: '{near}"nacre image list" shows all.',
  },
  IMAGE_NO_EARLIER: {
    exit: 1,
    message: 'the label {label} of {image} had no other place that is still there',
    hint: '"nacre image labels {image}" shows where it was; "nacre image label {image}@ID {label}" moves it anywhere.',
  },
  IMAGE_NO_PARTITION: {
    exit: 3,
    message: 'the image {image} has no partition {number} (it has {present})',
    hint: 'Run "nacre image inspect {image}" to see its partitions.',
  },
  IMAGE_OTHER_MACHINE: {
    exit: 3,
    message: 'image "{image}" is for {machines}, this machine is "{found}"',
    hint: 'Take an image for this machine; where it is meant for it as well, capture it again with --machine for both.',
  },
  IMAGE_READ_BACK: {
    exit: 1,
    message:
      '{path} does not give back what was written to partition {partition}: {length} bytes at disk offset {diskOffset} have the digest {found}, expected {expected}',
    hint: 'The medium is failing: look at the kernel log and replace it before you restore again.',
  },
  IMAGE_SOURCE_CHANGED: {
    exit: 1,
    message: '{path} changed while it was read ({before} before, {after} after)',
    hint: 'Stop what writes to it (unmount, end the program), then capture again. Nothing was published.',
  },
  IMAGE_SOURCE_DAMAGED: {
    exit: 3,
    message: 'partition {partition} of {path}: the {fileSystem} structures are damaged: {reason}',
    hint: 'Repair the volume with its own tools (chkdsk, e2fsck, fsck.fat), or capture every block with --force-raw.',
  },
  IMAGE_SOURCE_DIRTY: {
    exit: 3,
    message:
      'partition {partition} of {path}: the {fileSystem} volume was not closed cleanly: {reason}',
    hint: 'Start its system and shut it down, or check it (chkdsk /f, fsck), or capture every block with --force-raw.',
  },
  IMAGE_SOURCE_HIBERNATED: {
    exit: 3,
    message:
      'partition {partition} of {path}: the {fileSystem} volume belongs to a hibernated system: {reason}',
    hint: 'Start Windows and shut it down with "shutdown /s /t 0" (switch fast startup off), or capture every block with --force-raw.',
  },
  IMAGE_SOURCE_JOURNAL: {
    exit: 3,
    message:
      'partition {partition} of {path}: the journal of the {fileSystem} volume was not written back: {reason}',
    hint: 'Mount and unmount the volume once, or run its fsck, or capture every block with --force-raw.',
  },
  IMAGE_SOURCE_UNREADABLE: {
    exit: 1,
    message:
      'cannot read chunk {chunk} of partition {partition} at offset {diskOffset} of {path}: {reason}',
    hint: 'Save what can be read with --skip-bad; the unreadable places are then listed in the image.',
  },
  IMAGE_SOURCE_UNSUPPORTED: {
    exit: 3,
    message:
      'partition {partition} of {path}: the {fileSystem} volume uses something that is not known here: {reason}',
    hint: 'Capture every block with --force-raw.',
  },
  IMAGE_TARGET_IO: {
    exit: 1,
    message:
      'cannot {action} {length} bytes of partition {partition} at disk offset {diskOffset} of {path}: {reason}',
    hint: 'The disk is failing: look at the kernel log and check its cable. Run the same command again; what is right already is kept. If it fails again, replace the disk.',
  },
  IMAGE_UNSIGNED: {
    exit: 3,
    message: 'the image {image} is not signed',
    hint: 'Sign it: "nacre image capture --sign KEY". Or say --unsigned: then the device takes unsigned images.',
  },
  IMAGE_UNTRUSTED: {
    exit: 3,
    message: 'version {id} is not signed by a trusted key: {reason} (trusted: {keys})',
    hint: 'Have it signed with the release key, or name the right public key with --trust.',
  },
  IMAGING_PENDING: {
    exit: 3,
    message: '{path} has job {cmdid} in front of it already',
    hint: 'Let the device start Merlin and finish it, or end it with "nacre boot state {path} --set mode=os --set cmdid=".',
  },
  JOB_BACKUP_MISSING: {
    exit: 3,
    message: '{device} has no complete and verified backup of {image}@{version}',
    hint: 'Choose both: download the image to the backup partition (--bi), then image the device from it (--pi).',
  },
  JOB_DEADLINE: {
    exit: 1,
    message: 'nothing was heard for {seconds} s while the job was {state}',
    hint: 'See whether the device runs and reaches the manager. When it speaks again the job goes on; "nacre job retry {job}" tries anew.',
  },
  JOB_DEVICE_BUSY: {
    exit: 3,
    message: '{device} has job {job} already, which is {state}',
    hint: 'Wait for its end, or cancel it: nacre job cancel {job}',
  },
  JOB_DEVICE_SILENT: {
    exit: 3,
    message: '{device} was last seen at {lastSeenAt}, more than {days} days ago',
    hint: 'Switch it on and see that it reaches the manager, or forget it: nacre device forget {device}',
  },
  JOB_DEVICE_STATE: {
    exit: 3,
    message: '{device} is {state}; only approved devices get jobs',
    hint: 'Look at it and approve it: nacre device approve {device}',
  },
  JOB_NONE_ELIGIBLE: {
    exit: 3,
    message: 'none of {count} devices can have this job; the first reason: {reason}',
    hint: 'See all reasons: nacre job plan with the same options.',
  },
  JOB_NOT_AUTOGENIC: {
    exit: 3,
    message: 'package {image} is not Autogenic Capable',
    hint: 'Say that it may fill backup partitions: nacre package autogenic {image}',
  },
  JOB_NOT_CONFIRMED: {
    exit: 3,
    message: 'not confirmed: {count} jobs with {image} were not made',
    hint: 'Look at the plan (nacre job plan with the same options), then answer with --yes.',
  },
  JOB_NOT_SUPPORTED: {
    exit: 3,
    message: '{device} says SupportImgBackup = 0: it can take no image to a backup partition',
    hint: 'See in the log of its agent why; an agent in an OS without access to its disk says so.',
  },
  JOB_NO_BACKUP_PARTITION: {
    exit: 3,
    message: '{device} has no backup partition',
    hint: 'Give it a layout first: image it from the network with layout and backup (docs/network-boot.md).',
  },
  JOB_NO_BOOT_AGENT: {
    exit: 3,
    message: '{device} has no boot agent partition with a boot decision block',
    hint: 'Give it a layout first: image it from the network with layout and backup (docs/network-boot.md).',
  },
  JOB_NO_CARD: {
    exit: 3,
    message:
      '{device} has no network card and no UUID of its own that is known: it is not recognised when it starts',
    hint: 'Start it from the network once, or remove the other device that says the same.',
  },
  JOB_NO_CHECK_IN: {
    exit: 3,
    message: '{device} has not checked in yet',
    hint: 'Install the agent on it, or wait for its first check-in.',
  },
  JOB_OTHER_FIRMWARE: {
    exit: 3,
    message: '{device} boots with {firmware}, layout {layout} needs {needed}',
    hint: 'Choose uefi for UEFI; xpe, wes2009 or wes7 for BIOS.',
  },
  JOB_STARTS_FROM_NETWORK: {
    exit: 3,
    message: '{device} starts from the network first, and its agent cannot change that',
    hint: 'Put its disk before the network in the setup of its firmware (BIOS), start it once, and let it check in.',
  },
  JOB_STATE: {
    exit: 3,
    message: 'job {job} is {state}: {event} is not possible',
    hint: 'Look at it: nacre job show {job}',
  },
  JOB_TOO_LARGE: {
    exit: 3,
    message:
      '{image}@{version} needs {neededBytes} bytes, the backup partition of {device} has {sizeBytes}',
    hint: 'Use a smaller image, or give the device a layout with a larger backup partition.',
  },
  KEPT_FILES_UNSUPPORTED: {
    exit: 1,
    message: 'kept files cannot be put into partition {number} of {path}: it holds {fileSystem}',
    hint: 'Files are written into NTFS and ext2, ext3, ext4. Keep none on this device: "nacre backup keep DISK --none".',
  },
  KEPT_FILE_DAMAGED: {
    exit: 1,
    message: 'the content of the kept file {path} on {location} is damaged: {reason}',
    hint: 'Store the kept files again with "nacre backup keep DISK --from LIST"; the OS itself is not affected.',
  },
  LAYOUT_BACKUP_FIXED: {
    exit: 3,
    message:
      'the backup partition has {neededMb} MB by the rule of the vendor for a disk of more than 4096 MB, not {backupMb}',
    hint: 'Use --policy auto, or leave --backup-size out.',
  },
  LAYOUT_BOOT_FILES_NO_ROOM: {
    exit: 3,
    message:
      'the boot agent partition has {mostBytes} bytes for the boot files of the image, they take {neededBytes} or more',
    hint: 'Use --policy auto: its boot agent partition has 64 MB.',
  },
  LAYOUT_KEEP_LOGICAL: {
    exit: 3,
    message:
      'partition {number} of {path} cannot be kept: it is {kind}, and a layout has primary partitions only',
    hint: 'Save what it holds elsewhere, and name only primary partitions with --keep.',
  },
  LAYOUT_KEEP_TABLE: {
    exit: 3,
    message:
      'partition {number} of {path} cannot be kept: the disk has a table of the type {table}, the layout needs {needed}',
    hint: 'Choose a layout with the same kind of table, or save the partition elsewhere.',
  },
  LAYOUT_MERLIN_NO_ROOM: {
    exit: 3,
    message:
      'the {partition} partition has {sizeBytes} bytes, what starts and repairs the disk needs {neededBytes} there',
    hint: 'Use --policy auto, which has room for it, or a smaller image; the signed chain needs the 64 MB that auto gives on UEFI.',
  },
  LAYOUT_NO_LOADER: {
    exit: 3,
    message:
      'image "{image}" has nothing that UEFI could start: its boot files have none of {lookedFor}',
    hint: 'Capture a system that was installed for UEFI, with its EFI system partition, or choose a layout for BIOS (wes7).',
  },
  LAYOUT_NO_PLACE: {
    exit: 3,
    message:
      'the partitions need {neededBytes} bytes in their order, but {keptCount} kept partitions leave {freeBytes}, at most {largestBytes} in one piece',
    hint: 'Keep fewer partitions, or choose another layout or a smaller backup partition.',
  },
  LAYOUT_NO_ROOM: {
    exit: 3,
    message:
      'no room for the {partition} partition: {neededMb} MB are needed, {availableMb} MB are left',
    hint: 'Use a larger disk, a smaller image, or leave the backup partition smaller.',
  },
  LAYOUT_OS_UNCLEAR: {
    exit: 3,
    message:
      'the image {image} does not say which of its partitions is the OS; it can be: {candidates}',
    hint: 'Name it with --os-partition N; "nacre image inspect" shows all partitions.',
  },
  LAYOUT_SECTOR_SIZE: {
    exit: 3,
    message:
      'the layout {layout} cannot be made on {path}: BIOS firmware does not start disks with sectors of {sectorSize} bytes',
    hint: 'Use the layout uefi.',
  },
  LAYOUT_TOO_MANY: {
    exit: 3,
    message:
      'the layout needs {needed} partitions, {keptCount} of them kept; the table has room for {slots}',
    hint: 'Keep fewer partitions, or leave out the write cache.',
  },
  LAYOUT_WRITE_CACHE_SMALL: {
    exit: 3,
    message: 'a write cache of {writeCacheBytes} bytes is too small, it needs {neededBytes}',
    hint: 'Name a larger size: a tenth of the OS partition is a good beginning.',
  },
  MANAGER_ADDRESS: {
    exit: 2,
    message: '{server} is no address of a manager',
    hint: 'An address is https://NAME:PORT, such as https://manager.example:30806.',
  },
  MANAGER_AMBIGUOUS: {
    exit: 2,
    message: '{name} means {count} devices: {ids}',
    hint: 'Give more of the id or the fingerprint.',
  },
  MANAGER_ANSWER: {
    exit: 1,
    message: '{server} answered {path} with something that is not of a manager: {reason}',
    hint: 'Check the address; a proxy in between may answer instead. If manager and command are of different releases, use the same.',
  },
  MANAGER_BACKUP_INVALID: {
    exit: 3,
    message: '{path} is no backup of a manager: {reason}',
    hint: 'Name a file that "nacre manager backup" made.',
  },
  MANAGER_CERTIFICATE: {
    exit: 3,
    message: 'the certificate of {server} is not trusted: {reason}',
    hint: 'Give the pin that the manager printed at its start: nacre login --server {server} --pin sha256:HEX',
  },
  MANAGER_CSV: {
    exit: 2,
    message: 'line {line}, column {column}: {reason}',
    hint: 'Correct the line; nothing was taken over. docs/manager.md has an example.',
  },
  MANAGER_DATABASE_BUSY: {
    exit: 1,
    message: 'the data base {place} is held by somebody else: {reason}',
    hint: 'Another program works on it, such as a backup. Try again; if it stays so, look which process has the file open (fuser).',
  },
  MANAGER_DATABASE_CORRUPT: {
    exit: 1,
    message: 'the data base {place} is damaged: {reason}',
    hint: 'Stop the manager, keep the file, and put the last backup in its place: nacre manager restore FILE --replace',
  },
  MANAGER_DATABASE_EXISTS: {
    exit: 3,
    message: 'there is a data base already: {place}',
    hint: 'Add --replace: the file that is there keeps another name beside it. A data base of PostgreSQL has to be empty: make a new one (createdb).',
  },
  MANAGER_DATABASE_FOREIGN: {
    exit: 3,
    message: '{place} is a data base of another program',
    hint: 'Name another folder with --data, or another data base in DATABASE_URL.',
  },
  MANAGER_DATABASE_FULL: {
    exit: 1,
    message: 'no room is left for the data base {place}: {reason}',
    hint: 'Free room on its file system; the manager goes on by itself. Nothing that was answered is lost.',
  },
  MANAGER_DATABASE_IO: {
    exit: 1,
    message: 'the data base {place} cannot be used: {reason}',
    hint: 'Check that the folder exists, that this user may write there, and the kernel log for errors of the disk.',
  },
  MANAGER_DATABASE_MISSING: {
    exit: 1,
    message: 'there is no data base {place}',
    hint: 'Name the data folder of the manager with --data, as the user that runs it; "nacre manager serve" makes a new one.',
  },
  MANAGER_DATABASE_NEWER: {
    exit: 3,
    message:
      'the data base {place} is of a newer release: its tables have number {found}, this release knows {known}',
    hint: 'Use the newer release again, or restore a backup that was made with this one.',
  },
  MANAGER_DATABASE_UNREACHABLE: {
    exit: 1,
    message: 'the data base {place} does not answer: {reason}',
    hint: 'Check that PostgreSQL runs and DATABASE_URL is right: psql "$DATABASE_URL" -c "select 1"',
  },
  MANAGER_DEVICE_STATE: {
    exit: 3,
    message: '{device} is {state}: {event} is not possible',
    hint: 'Look at it: nacre device show {device}',
  },
  MANAGER_DEVICE_UNKNOWN: {
    exit: 1,
    message: 'no device here has the key {fingerprint}',
    hint: 'Enrol it: nacre agent enroll URL on the device.',
  },
  MANAGER_ENROLMENT_REFUSED: {
    exit: 3,
    message: 'the device is not taken in: {reason}',
    hint: 'Check that agent and manager are of the same release, and that the agent has the pin of this manager.',
  },
  MANAGER_EXISTS: {
    exit: 3,
    message: 'there is a {what} {name} already',
    hint: 'Choose another name, or change the one that is there.',
  },
  MANAGER_FAILED: {
    exit: 1,
    message: 'the manager failed; its log has the reason under request {request}',
    hint: 'Look into the log of the manager. If the reason is a bug, report it with those lines.',
  },
  MANAGER_FORBIDDEN: {
    exit: 3,
    message: '{user} may not do this: has {has}, needed {needed}',
    hint: 'Ask an administrator for the role, or make a token with the scope.',
  },
  MANAGER_INPUT_INVALID: {
    exit: 2,
    message: '{field} is wrong: {reason}',
    hint: 'Correct it; /api/docs of the manager shows what each request takes.',
  },
  MANAGER_IN_USE: {
    exit: 3,
    message: '{what} {name} is in use: {users}',
    hint: 'Give those devices another image first, and wait for the jobs or cancel them.',
  },
  MANAGER_JOIN_CODE: {
    exit: 3,
    message: 'the join code is wrong, used up, or past its end',
    hint: 'Make a new one: nacre join-code make. Without a code the device waits for approval.',
  },
  MANAGER_KEYS_UNUSABLE: {
    exit: 1,
    message: 'the keys in {place} cannot be used: {reason}',
    hint: 'Restore the last backup: new keys would lock out every device that knows this manager.',
  },
  MANAGER_LAST_ADMINISTRATOR: {
    exit: 3,
    message: '{name} is the only administrator',
    hint: 'Make another one first: nacre user add NAME --role administrator',
  },
  MANAGER_LOGIN_FAILED: {
    exit: 1,
    message: 'name or password is wrong for {user}',
    hint: 'Try again. On the machine of the manager a new password is set by: nacre manager user password {user}',
  },
  MANAGER_LOGIN_NEEDED: {
    exit: 1,
    message: 'this needs a login',
    hint: 'Log in: nacre login --server URL',
  },
  MANAGER_NOT_FOUND: {
    exit: 1,
    message: 'there is no {what} {name}',
    hint: 'Look at the list of those that are there.',
  },
  MANAGER_NUMBER_TOO_LARGE: {
    exit: 1,
    message: '{column} is {value}, numbers go to 2^53 here',
    hint: 'The row was not written by this program: look at it in the data base.',
  },
  MANAGER_OVERLOADED: {
    exit: 1,
    message: 'too many {what} at once',
    hint: 'Try again in some seconds.',
  },
  MANAGER_PASSWORD_WEAK: {
    exit: 2,
    message: 'the password has {length} characters, needed are {least} to {most}',
    hint: 'Choose a longer one; four or five words are easy to type.',
  },
  MANAGER_PIN: {
    exit: 3,
    message:
      '{server} has another key than the pinned one: found sha256:{found}, needed sha256:{needed}',
    hint: 'Ask who runs the manager whether it was set up anew; then log in, or enrol the device, with the new pin. Until then nothing is sent to it.',
  },
  MANAGER_PORT_DENIED: {
    exit: 1,
    message: '{protocol} port {port} may not be opened by this user',
    hint: 'Take a port above 1023 with --listen, or let its service have the capability: AmbientCapabilities=CAP_NET_BIND_SERVICE.',
  },
  MANAGER_PORT_TAKEN: {
    exit: 1,
    message: '{protocol} port {port} is in use by another program: {owner}',
    hint: 'Stop that program, or take another port: --listen ADDRESS:PORT',
  },
  MANAGER_REQUEST_FORGED: {
    exit: 3,
    message: 'a change with the cookie of a browser needs the header {header}',
    hint: 'Programs use tokens. In a browser, only pages of the manager itself may send changes.',
  },
  MANAGER_REQUEST_TOO_LARGE: {
    exit: 2,
    message: 'the request has more than {mostBytes} bytes',
    hint: 'Send it in smaller parts.',
  },
  MANAGER_RUNS: {
    exit: 3,
    message: 'a manager with this data folder runs already: process {pid}, since {since} ({path})',
    hint: 'Stop that one first, or give this one a folder of its own: --data FOLDER. Several managers share a PostgreSQL data base, not a file.',
  },
  MANAGER_SERVER_MISSING: {
    exit: 2,
    message: 'no manager is named',
    hint: 'Log in once: nacre login --server https://NAME:30806 --pin sha256:HEX',
  },
  MANAGER_TOO_MANY_TRIES: {
    exit: 3,
    message: 'too many failed logins; the next try is in {seconds} s',
    hint: 'Wait. On the machine of the manager a new password is set by: nacre manager user password NAME',
  },
  MANAGER_UNREACHABLE: {
    exit: 1,
    message: 'the manager {server} does not answer: {reason}',
    hint: 'Check address and network, and on its machine: systemctl status nacre-manager',
  },
  MERLIN_MEMORY: {
    exit: 1,
    message: 'Merlin needs {neededMib} MiB of free memory, this machine has {freeMib}',
    hint: 'Give the machine more memory: Merlin runs in 192 MiB, under UEFI in 512 MiB.',
  },
  MERLIN_NOTHING_TO_REPAIR: {
    exit: 3,
    message:
      'no disk of this machine has a boot agent partition: there is no backup partition to repair it from',
    hint: 'Image it: give it a row with action = "image" and a layout in the policy of the server.',
  },
  MERLIN_NO_DISK: {
    exit: 3,
    message: 'the order is for {wanted}, this machine has {present}',
    hint: 'Check cables and BIOS settings of the disk, or name another one in the policy.',
  },
  MERLIN_NO_NETWORK: {
    exit: 1,
    message: 'no DHCP server gave this machine an address ({found})',
    hint: 'Check cable and switch port, and that the DHCP server has addresses left; the menu shows hardware information.',
  },
  MERLIN_SERVER_ANSWER: {
    exit: 1,
    message: 'the answer of {server} is none that Merlin knows ({reason})',
    hint: 'Server and Merlin are of different versions: run "nacre boot build" on the server, and start this machine again.',
  },
  MERLIN_SERVER_FULL: {
    exit: 1,
    message: 'the store of {server} has no room for the capture ({reason})',
    hint: 'Make room there ("nacre store gc"), and start this machine again: what has arrived is kept.',
  },
  MERLIN_SERVER_REFUSED: {
    exit: 1,
    message: '{server} refuses what Merlin asks for ({reason})',
    hint: 'Look at "nacre pxe explain MAC" on the server for this machine, then start it again.',
  },
  MERLIN_SEVERAL_DISKS: {
    exit: 3,
    message: 'the order names no disk, and this machine has several: {disks}',
    hint: 'Name the disk by its serial number in the policy, or take the others out.',
  },
  OS_NEVER_REPORTED: {
    exit: 1,
    message: 'the OS of {image} was started three times, and never reported',
    hint: 'Look at the image: its OS does not get as far as its agent. The device has its older generation again, where there is one.',
  },
  OS_START_NOT_FOUND: {
    exit: 1,
    message:
      'nothing starts the OS in partition {number} of {path}: it was written, but has none of {lookedFor}',
    hint: 'Capture a system with GRUB or another loader of its own, and apply the layout again; until then this device starts Merlin.',
  },
  PACKAGE_BOOT_FILES: {
    exit: 3,
    message: '{path} has no {missing}, which a package carries for devices without PXE',
    hint: 'Build the boot files with "nacre boot build --out DIR" and name that folder with --boot DIR.',
  },
  PACKAGE_EXISTS: {
    exit: 3,
    message: '{path} exists already and is no empty folder',
    hint: 'Name a new folder; nothing is overwritten.',
  },
  PACKAGE_FOLDER: {
    exit: 3,
    message: '{path} is no package that can be imported: {reason}',
    hint: 'A package has one NAME.rsp and one image file, beside it or in the folder NAME; "nacre image convert FILE NAME" takes an image file alone.',
  },
  PACKAGE_NUMBER: {
    exit: 3,
    message: 'no image can be named after Number={number} of the package {path}',
    hint: 'Give the name yourself: "nacre image convert {path} NAME" with 1 to 64 of a-z 0-9 . _ -',
  },
  PACKAGE_PATH: {
    exit: 3,
    message: '{script} names a file outside of its package: {text}',
    hint: 'Correct the path in that step; it is relative to the package, without drive letters and "..".',
  },
  PARTCLONE_DAMAGED: {
    exit: 1,
    message:
      'the partclone image is damaged at offset {offset}: {field} is {found}, expected {expected}',
    hint: 'Fetch the image again from its origin; "partclone.chkimg -s IMAGE" checks it there.',
  },
  PARTCLONE_TRUNCATED: {
    exit: 1,
    message:
      'the partclone image ends at offset {offset} in its {structure}: at least {missing} more bytes are needed',
    hint: 'Copy the image again; parts such as .aa, .ab belong joined with "cat" in front.',
  },
  PARTCLONE_UNSUPPORTED: {
    exit: 3,
    message: 'cannot read a partclone image with {what}',
    hint: 'Make a file as large as the volume ("partclone.info -s IMAGE": blocks times block size; "truncate -s BYTES volume.raw"), restore into it with "partclone.restore -C -s IMAGE -O volume.raw", and convert volume.raw.',
  },
  PXE_INTERFACE_UNKNOWN: {
    exit: 2,
    message: 'no interface {interface} has an IPv4 address (there are: {interfaces})',
    hint: 'Name one of those by its name or its address; one without a cable is not among them.',
  },
  PXE_KEY_UNUSABLE: {
    exit: 3,
    message: '{path} cannot be used as the key of the server: {reason}',
    hint: 'Put the file back from a copy. A new key (remove the file) locks out USB media and devices that know the old one.',
  },
  PXE_LEASES_DAMAGED: {
    exit: 3,
    message: '{path} holds no leases that can be read: {reason}',
    hint: 'Move the file away: devices that are running keep their addresses until they renew them, and may get others then.',
  },
  PXE_MESSAGE_REFUSED: {
    exit: 1,
    message: 'the server does not take the message: {reason}',
    hint: 'Device and server are of different versions of Nacre, or something else speaks to this port.',
  },
  PXE_NO_INTERFACE: {
    exit: 1,
    message:
      'no network interface has an IPv4 address that devices could reach (there are: {interfaces})',
    hint: 'Give the interface towards the devices an address, for example with "ip address add 10.77.0.1/24 dev INTERFACE"; without a cable it does not count.',
  },
  PXE_ORDER_ATTEMPTS: {
    exit: 1,
    message: 'order {order} was given to {device} {attempts} times and was never reported as done',
    hint: 'The screen of the device says why. Then write order = "…" with another word into its row of the policy: that is a new order.',
  },
  PXE_ORDER_DAMAGED: {
    exit: 1,
    message: 'what was ordered for {device} cannot be read: {path}: {reason}',
    hint: 'The device starts its own disk. If it may be imaged again, remove the file and start the responder anew.',
  },
  PXE_ORDER_NEVER_STARTED: {
    exit: 1,
    message:
      'order {order}: {device} was told to load Merlin at {offers} starts in a row, and no Merlin ever asked for it',
    hint: 'Look at the screen of the device while it starts: too little memory (Merlin runs in 192 MiB, under UEFI in 512 MiB), a network card without a driver, or a firewall. Then make the row in the policy a new order with order = "…".',
  },
  PXE_ORDER_REFUSED: {
    exit: 3,
    message: 'order {order} of {device} takes no "{event}": {reason}',
    hint: 'Nothing was changed. Start the device again from the network: it gets its order anew if one is left.',
  },
  PXE_ORDER_WITHDRAWN: {
    exit: 3,
    message: 'order {order} of {device} was taken back before the device began',
    hint: 'Nothing was written. Make a new order when it is wanted after all.',
  },
  PXE_POLICY_INVALID: {
    exit: 2,
    message: '{file}: {key} is "{found}", it has to be {needed}',
    hint: 'Correct it; docs/network-boot.md lists all keys. A policy that was in force stays in force until then.',
  },
  PXE_POLICY_UNREADABLE: {
    exit: 2,
    message: '{file} cannot be read as a policy, line {line}: {reason}',
    hint: 'Correct the line; docs/network-boot.md has an example. A policy that was in force stays in force until then.',
  },
  PXE_PORT_DENIED: {
    exit: 1,
    message: '{protocol} port {port} may not be opened by this user',
    hint: 'Run it as root, or let its service have the capability: AmbientCapabilities=CAP_NET_BIND_SERVICE.',
  },
  PXE_PORT_TAKEN: {
    exit: 1,
    message: '{protocol} port {port} is in use by another program: {owner}',
    hint: "Stop that program, or let it serve other interfaces only; two servers for network boot on one machine get in each other's way.",
  },
  PXE_RANGE_INVALID: {
    exit: 2,
    message: '"{range}" is no range of addresses to hand out',
    hint: 'Write it as 10.77.0.100-10.77.0.200, the lower one first, or as 10.77.0.0/24; at most {limit} addresses, and not our own alone.',
  },
  PXE_RANGE_OUTSIDE: {
    exit: 2,
    message: '{first} to {last} is not in the network of a served interface ({interfaces})',
    hint: 'Hand out addresses of one of these networks, or give the interface an address of that one.',
  },
  PXE_SERVICE_RUNS: {
    exit: 3,
    message:
      'a service with this data folder runs already: process {pid}, since {startedAt} ({path})',
    hint: 'Stop that one first, or give this one a folder of its own: --data FOLDER.',
  },
  PXE_SEVERAL_INTERFACES: {
    exit: 2,
    message: 'several interfaces have an IPv4 address: {interfaces}',
    hint: 'Say towards which of them the devices are: --interface NAME, several times for several.',
  },
  PXE_SIGHTINGS_DAMAGED: {
    exit: 1,
    message: '{path} does not say what was seen: {reason}',
    hint: 'Remove the file; what devices ask for from then on is seen again.',
  },
  PXE_SIGN_UNUSABLE: {
    exit: 1,
    message: 'cannot sign with {file}: {reason}',
    hint: 'Put the private key (PEM, Ed25519) there: sign in the policy names it.',
  },
  PXE_TICKET_REFUSED: {
    exit: 3,
    message: 'the ticket for order {order} is not the one that was given last',
    hint: 'Start the device again from the network: it gets a ticket if an order is left.',
  },
  PXE_TRUST_UNUSABLE: {
    exit: 3,
    message: '{file} is no key that images could be checked with: {reason}',
    hint: 'Put the public key (PEM, Ed25519) there, or name another file with trust = "…" in the policy; then write order = "2" (any other word) into the row.',
  },
  REPOSITORY_IN_USE: {
    exit: 3,
    message: 'devices of {subnets} ask the repository {name} first',
    hint: 'Give those subnets another one, or none: nacre subnet set CIDR.',
  },
  RSP_SYNTAX: {
    exit: 3,
    message:
      'cannot read {script} at line {line}, column {column}: found {found}, expected {expected}',
    hint: 'Correct the script at that place; docs/convert.md lists what a package script may hold.',
  },
  RSP_TOO_LARGE: {
    exit: 3,
    message: '{script} has {sizeBytes} bytes, a package script has at most {maximumBytes}',
    hint: 'Name the folder that holds the package script, not its image file.',
  },
  RSP_UNWRITABLE: {
    exit: 3,
    message: 'cannot write {text} into a package script in {encoding}',
    hint: 'Leave out double quotes and control characters; a script in Shift_JIS takes new ASCII text only.',
  },
  SAVED_TABLE_DAMAGED: {
    exit: 1,
    message: 'the saved table {file} is damaged: {reason}',
    hint: 'Use another copy of the file; nothing was written to the disk.',
  },
  SAVED_TABLE_UNREADABLE: {
    exit: 1,
    message: 'cannot read the saved table {file}: {reason}',
    hint: 'Name the ".nacre-table" file that the earlier command printed.',
  },
  SAVED_TABLE_UNWRITABLE: {
    exit: 3,
    message: 'cannot save the present table to {file}: {reason}',
    hint: 'Name a new file on another disk with --save-table; without a saved table nothing is written.',
  },
  STORE_ADDRESS: {
    exit: 2,
    message: '{store} is no address of a store',
    hint: 'A store is a folder, lies behind http:// or https:// with neither ? nor # in its address, or is s3://BUCKET/PREFIX.',
  },
  STORE_BUSY: {
    exit: 3,
    message: '{what} of {store} is in use by process {pid} on {host} since {since}',
    hint: 'Wait until it has finished, or end that process; its lock ends with it.',
  },
  STORE_CHUNK_DAMAGED: {
    exit: 1,
    message:
      'pack {pack} is damaged at offset {offset}: {reason} (expected {expected}, found {found})',
    hint: 'Fetch it again from another copy of the store with "nacre store sync --check".',
  },
  STORE_CHUNK_MISSING: {
    exit: 1,
    message: '{chunks} chunks of version {version} are in no pack of {store}, first {digest}',
    hint: 'Run "nacre store check", then fetch the missing packs from another copy of the store.',
  },
  STORE_FILE_LENGTH: {
    exit: 1,
    message: '{path} has {found} bytes, needed {needed}',
    hint: 'Run "nacre store check"; a file may be cut off or changed while it was read.',
  },
  STORE_FILE_MISSING: {
    exit: 1,
    message: '{path} is missing',
    hint: 'Run "nacre store check".',
  },
  STORE_FILE_UNKNOWN: {
    exit: 1,
    message: '{path} does not belong into a store',
    hint: 'Move it away; nothing of the store needs it.',
  },
  STORE_FORMAT: {
    exit: 1,
    message: '{store} has store format {found}, this program knows {known}',
    hint: 'Use a newer nacre for this store.',
  },
  STORE_FULL: {
    exit: 1,
    message: 'no space is left for {path}',
    hint: 'Free space, for example with "nacre store gc", and run the command again; nothing was published.',
  },
  STORE_IMAGE_DAMAGED: {
    exit: 1,
    message: 'the record of image {image} is damaged: {reason}',
    hint: 'Restore images/{image}.json from another copy of the store; the versions themselves are not affected.',
  },
  STORE_IO: {
    exit: 1,
    message: '{path} failed: {reason}',
    hint: 'Check the medium and the permissions of the store.',
  },
  STORE_LOCATOR_DAMAGED: {
    exit: 1,
    message: 'the locator of version {id} is damaged: {reason}',
    hint: 'Nothing is lost: it is made again when the version is used.',
  },
  STORE_MANIFEST_MISSING: {
    exit: 1,
    message: '{store} has no manifest of version {id}',
    hint: 'Fetch it from another copy of the store with "nacre store sync".',
  },
  STORE_NOT_EMPTY: {
    exit: 3,
    message: '{store} is no store and not empty: it holds {found}',
    hint: 'Name an empty folder or one that does not exist.',
  },
  STORE_NOT_FOUND: {
    exit: 1,
    message: '{store} is no image store',
    hint: 'Give its folder with --store; the first capture makes a new one.',
  },
  STORE_PACK_DAMAGED: {
    exit: 1,
    message: 'pack {pack} is damaged: {reason}',
    hint: 'Fetch it again from another copy of the store with "nacre store sync --check".',
  },
  STORE_PACK_MISSING: {
    exit: 1,
    message: 'pack {pack} is missing in {store}; {neededBy} needs it',
    hint: 'Fetch it from another copy of the store with "nacre store sync".',
  },
  STORE_PIN_INVALID: {
    exit: 2,
    message: 'the pin "{pin}" is no SHA-256 of a key; needed is sha256: with 64 hex digits',
    hint: 'Take it from the certificate of the server: openssl x509 -in CERT -pubkey -noout | openssl pkey -pubin -outform DER | sha256sum',
  },
  STORE_PIN_PLAIN: {
    exit: 2,
    message: '{store} is read without TLS, so that the pinned key of its server cannot be checked',
    hint: 'Give an https:// address, or leave the pin out.',
  },
  STORE_READ_ONLY: {
    exit: 3,
    message: '{path} may not be written: {reason}',
    hint: 'Check who owns the store and whether its file system is mounted read-only.',
  },
  STORE_READ_ONLY_WEB: {
    exit: 3,
    message: '{store} lies behind a web server or in a bucket, and can only be read',
    hint: 'Run the command on the folder of the store, on the machine that has it; or copy the store with "nacre store sync", which also writes to s3://BUCKET/PREFIX.',
  },
  STORE_S3_BUCKET: {
    exit: 1,
    message: 'there is no bucket at {address}',
    hint: 'Check bucket, endpoint (s3-endpoint) and addressing (s3-addressing); make the bucket with the tools of its provider. Nacre makes none.',
  },
  STORE_S3_CLOCK: {
    exit: 3,
    message: '{address} takes no signature of this clock: it is {here} here and {there} there',
    hint: 'Set the clock of this machine (timedatectl), then run the same command again.',
  },
  STORE_S3_CREDENTIALS: {
    exit: 3,
    message: 'the keys of the object store cannot be used: {reason}',
    hint: 'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or s3-credentials to a file that only its user can read, with the lines aws_access_key_id = … and aws_secret_access_key = ….',
  },
  STORE_S3_DENIED: {
    exit: 1,
    message: 'the object store refuses {address}: {reason}',
    hint: 'The keys need s3:GetObject and s3:ListBucket to read, s3:PutObject and s3:DeleteObject (for locks/) to write; without keys the bucket has to be public.',
  },
  STORE_S3_DIGEST: {
    exit: 1,
    message: 'what came to {address} is not what was sent: {reason}',
    hint: 'Something on the way changes what is sent: look at proxies and at memory of both machines, then run the same command again. Nothing of it was stored.',
  },
  STORE_S3_LOCK_LOST: {
    exit: 1,
    message:
      'writing to {store} was stopped: its claim was not renewed for {seconds} s, so that others may write now',
    hint: 'Run the same command again: what was sent whole is not sent again.',
  },
  STORE_S3_REFUSED: {
    exit: 1,
    message: 'the object store refuses {address} with status {status}: {reason}',
    hint: 'The reason is in the words of the server; its log says more.',
  },
  STORE_S3_REGION: {
    exit: 2,
    message: '{address} is in another region: asked {found}, needed {needed}',
    hint: 'Set s3-region (NACRE_S3_REGION) to the region of the bucket.',
  },
  STORE_S3_SETTING: {
    exit: 2,
    message: '{name} cannot be "{value}", it has to be {expected}',
    hint: 'Correct the setting in /etc/nacre/config.toml or in its NACRE_… variable.',
  },
  STORE_S3_SIGNATURE: {
    exit: 1,
    message: 'the object store does not accept the keys for {address}: {reason}',
    hint: 'Check that key and secret belong together, are for this server, and have not expired.',
  },
  STORE_S3_SOURCE: {
    exit: 2,
    message:
      '{store} is no folder of this machine, and only such a store can be copied into a bucket',
    hint: 'First copy it into a folder: nacre store sync FROM FOLDER',
  },
  STORE_SIGNATURES_DAMAGED: {
    exit: 1,
    message: 'the signatures of version {id} are damaged: {reason}',
    hint: 'Sign the version again, or fetch its signatures from another copy of the store.',
  },
  STORE_UPLOAD_FRAME: {
    exit: 1,
    message:
      'a frame that was sent does not hold what it says: expected the chunk {expected}, found {found} ({reason})',
    hint: 'Check the memory of the machine that captures, and capture again. Nothing of the frame was kept.',
  },
  STORE_UPLOAD_GAP: {
    exit: 1,
    message: 'bytes of a manifest from {found} on were sent, {needed} are there',
    hint: 'Start the machine that captures again.',
  },
  STORE_UPLOAD_LIMIT: {
    exit: 1,
    message: 'a capture would take {found} bytes, allowed are {limit}',
    hint: 'Give the order again. When it happens once more, the machine is not what it says.',
  },
  STORE_UPLOAD_MANIFEST: {
    exit: 1,
    message: 'the manifest that was sent cannot be used: {reason}',
    hint: 'Start the machine that captures again.',
  },
  STORE_WEB_ANSWER: {
    exit: 1,
    message: '{address} was answered wrongly: {field} is {found}, needed {needed}',
    hint: 'Something between here and the files changes the answers: look at the web server and at proxies, or name another copy of the store.',
  },
  STORE_WEB_CERTIFICATE: {
    exit: 3,
    message: 'the certificate of {address} is not trusted: {reason}',
    hint: 'Pin the key of the server with --store-pin, or name the CA in NODE_EXTRA_CA_CERTS.',
  },
  STORE_WEB_CHANGED: {
    exit: 1,
    message: '{address} changed while it was read: {field} was {before}, is {after}',
    hint: 'Somebody replaced the file meanwhile; run the same command again.',
  },
  STORE_WEB_MIRRORS: {
    exit: 1,
    message: 'no copy of the store can be read: {reasons}',
    hint: 'Check addresses, servers and network, then run the same command again: it does only what is left to do.',
  },
  STORE_WEB_NO_LIST: {
    exit: 1,
    message: '{store} has no list of its {what}, and a web server gives none',
    hint: 'Run "nacre store gc" on the folder of the store: it writes the list of images. What needs every file, such as the search for a lost locator, needs the folder.',
  },
  STORE_WEB_NO_RANGES: {
    exit: 1,
    message: '{address} was sent whole (status {status}) instead of the range that was asked for',
    hint: 'Use a web server that answers byte ranges, such as nginx, Apache or lighttpd, without compression of its answers.',
  },
  STORE_WEB_PACK_GONE: {
    exit: 1,
    message: 'pack {pack} was there when the work began and is gone',
    hint: 'Garbage collection ran on the store meanwhile: run the same command again, which takes the packs that replaced it and does only what is left to do.',
  },
  STORE_WEB_PIN: {
    exit: 3,
    message:
      'the server of {address} has another key than the pinned one: found sha256:{found}, needed {needed}',
    hint: 'Ask who runs the server whether its key changed; then give the new pin. Until then nothing of it can be trusted.',
  },
  STORE_WEB_REDIRECT: {
    exit: 1,
    message: '{address} is redirected to {target}',
    hint: 'Only few redirects of the same server are followed. Give the address of the files themselves with --store.',
  },
  STORE_WEB_STATUS: {
    exit: 1,
    message: '{address} was answered with status {status}',
    hint: '401 and 403 ask for a user or for rights (https://USER:PASSWORD@…); for others the log of the web server says more.',
  },
  STORE_WEB_UNREACHABLE: {
    exit: 1,
    message: '{address} does not answer: {reason}',
    hint: 'Check address, server and network, then run the same command again: it does only what is left to do.',
  },
  TICKET_REFUSED: {
    exit: 3,
    message: 'the job is not obeyed: {reason}',
    hint: 'Nothing was changed. If the device should do it, make the job again; if nobody made one, look into the audit of the manager.',
  },
  TOOL_FAILED: {
    exit: 1,
    message: '{program} ended with exit code {exitCode}: {reason}',
    hint: 'Run "{program} {arguments}" by hand to see all of its output.',
  },
  TOOL_MISSING: {
    exit: 3,
    message: 'the program {program} is not installed',
    hint: 'Install the Debian package that has it, or run scripts/setup.',
  },
  UPDATE_ALREADY: {
    exit: 3,
    message: '{terminal} updates {image} already, since {since}',
    hint: 'Go on with the work; "nacre update finish" or "nacre update cancel" ends it.',
  },
  UPDATE_BASE_MOVED: {
    exit: 3,
    message:
      '{image} has a newer version than the one that was changed (latest={latest}, changed={base})',
    hint: 'What was changed is still on the terminal. Cancel with "nacre update cancel", start from the latest version, and make the changes there.',
  },
  UPDATE_DISK_OTHER: {
    exit: 3,
    message: '{path} is not the disk of this update: {reason}',
    hint: 'Name the disk that was changed with --disk; "nacre disk list" shows what there is.',
  },
  UPDATE_HELD: {
    exit: 3,
    message: '{image} is being updated at terminal {terminal} by {user} since {since}',
    hint: 'Wait until it is finished or cancelled there; an administrator can take it back: nacre update release {image}',
  },
  UPDATE_NONE: {
    exit: 3,
    message: 'this terminal is not updating an image: {place} holds no update',
    hint: 'Begin with "nacre update start"; when the disk is another one, name it with --disk.',
  },
  UPDATE_NOT_LATEST: {
    exit: 3,
    message:
      'cannot start the update: not booted from the latest version (latest={latest}, booted={booted})',
    hint: 'Image this terminal with the latest version, then start again.',
  },
  UPDATE_RUNNING: {
    exit: 3,
    message: 'the image that is being updated is the running system: {path} is in use by {user}',
    hint: 'Start Merlin from the network or a medium, or another system, and run "nacre update finish" there.',
  },
  UPDATE_STATE: {
    exit: 3,
    message: 'the update of {image} at terminal {terminal} is {state}: {event} is not possible',
    hint: 'Look at it: nacre update list',
  },
  UPDATE_STATE_DAMAGED: {
    exit: 1,
    message: 'what {place} says of the update cannot be read: {reason}',
    hint: 'Look which update the manager knows (nacre update list), have it released there, remove the file, and start again.',
  },
  UPDATE_TOKEN_REFUSED: {
    exit: 3,
    message: 'update {update} takes nothing with this token',
    hint: 'Run "nacre update finish" again; "nacre update list" shows whether it was released or has ended.',
  },
  VOLUME_BATCH_TOO_LARGE: {
    exit: 3,
    message: 'the changes touch more than {limitBytes} bytes that the volume on {path} uses now',
    hint: 'Make them in several steps, each with a journal; replace large files by new names.',
  },
  VOLUME_DAMAGED: {
    exit: 3,
    message: 'the {fileSystem} volume on {path} is damaged: {reason}',
    hint: 'Repair it with its own tools (chkdsk, e2fsck), or restore its image.',
  },
  VOLUME_DIRTY: {
    exit: 3,
    message: 'the {fileSystem} volume on {path} was not unmounted cleanly: {reason}',
    hint: 'Start its system and shut it down, or check it (chkdsk, e2fsck), and try again.',
  },
  VOLUME_FOLDER_NOT_EMPTY: {
    exit: 1,
    message: '{path} is a folder with files in it',
    hint: 'Remove them first.',
  },
  VOLUME_FULL: {
    exit: 1,
    message: 'the volume is full: {path} needs {needed} {unit}, {free} are free',
    hint: 'Free room on it, or use a larger partition.',
  },
  VOLUME_HELPER_FAILED: {
    exit: 1,
    message: 'the program nacre-files failed: {reason}',
    hint: 'The volume may be damaged: check it with its own tools. Run the same step again; it first finishes what was begun.',
  },
  VOLUME_HIBERNATED: {
    exit: 3,
    message: 'Windows is hibernated on the volume on {path}: {reason}',
    hint: 'Start Windows, turn fast startup off and shut it down ("shutdown /s /t 0"), then try again.',
  },
  VOLUME_IO: {
    exit: 1,
    message: 'could not {action} {path} on the volume: {reason}',
    hint: 'Check the volume with its own tools, and the kernel log for errors of the disk.',
  },
  VOLUME_JOURNAL_DAMAGED: {
    exit: 3,
    message: 'the journal of file changes cannot be read: {reason}',
    hint: 'The volume on {path} may be half changed: restore its image, then the journal is emptied.',
  },
  VOLUME_JOURNAL_FOREIGN: {
    exit: 3,
    message:
      'the journal is for a volume of {foundBytes} bytes at offset {foundOffset}, not for the one of {sizeBytes} bytes at {offset}',
    hint: 'Use each journal for one volume only, or finish the change of the other volume first.',
  },
  VOLUME_JOURNAL_STALE: {
    exit: 3,
    message:
      'the journal does not fit the volume on {path}, which was changed since: offset {offset}',
    hint: "Restore the volume's image; a volume that is whole needs the journal emptied only.",
  },
  VOLUME_JOURNAL_TOO_SMALL: {
    exit: 3,
    message: 'the journal has {journalBytes} bytes, these changes need {neededBytes}',
    hint: 'Give it more room, or make the changes in several steps.',
  },
  VOLUME_NAME_INVALID: {
    exit: 2,
    message: '"{name}" cannot be a name on the volume: {reason}',
    hint: 'Choose another name.',
  },
  VOLUME_NOT_A_FILE: {
    exit: 1,
    message: '{path} is not a file',
    hint: 'Name a file.',
  },
  VOLUME_NOT_A_FOLDER: {
    exit: 1,
    message: '{path}, or a part of it, is not a folder',
    hint: 'Correct the path.',
  },
  VOLUME_NOT_FOUND: {
    exit: 1,
    message: '{path} is not on the volume',
    hint: 'Correct the path; folders above a new file have to be made first.',
  },
  VOLUME_PATH_REFUSED: {
    exit: 3,
    message: '{path} is not changed: {reason}',
    hint: "Name another path, or make this change with the volume's own system.",
  },
  VOLUME_TREE_LIMIT: {
    exit: 1,
    message: 'the volume has more than {most} {what}: its files are not compared',
    hint: 'Compare the chunks instead (without --files), or restore both versions and compare them there.',
  },
  VOLUME_UNSUPPORTED: {
    exit: 3,
    message: 'files of the {fileSystem} volume on {path} cannot be changed: {reason}',
    hint: "Change them with the volume's own system before it is captured.",
  },
  WRITE_CACHE_BASE: {
    exit: 3,
    message:
      'the write cache of {path} lies over bytes {expected}, no partition is there (found {found})',
    hint: 'The partition table was changed: run "nacre disk apply" again.',
  },
  WRITE_CACHE_FORMAT: {
    exit: 1,
    message: 'the {part} of the write cache cannot be read: {field} is {found}, needed {needed}',
    hint: 'Drop its changes by imaging the device, or look at the disk: it may be failing.',
  },
  WRITE_CACHE_NOT_FOUND: {
    exit: 1,
    message: '{path} has no write-cache partition',
    hint: 'Make one: nacre disk apply IMAGE {path} --write-cache SIZE',
  },
  WRITE_CACHE_NOT_WHOLE: {
    exit: 3,
    message: 'the changes in the write cache of {path} are not whole: {reason}',
    hint: 'Drop them: switch restore mode on and restart, or image the device; then give it a larger write cache.',
  },
  WRITE_CACHE_READ_BACK: {
    exit: 1,
    message: '{path} does not hold at byte {offset} what was written there',
    hint: 'The disk is failing: look at the kernel log and replace it.',
  },
  WRITE_CACHE_SEVERAL: {
    exit: 3,
    message: '{path} has {count} write-cache partitions, needed 1',
    hint: 'Delete the one that is not used: "nacre disk show" lists them.',
  },
} as const satisfies Record<string, ErrorRow>;

/** A stable error code, `AREA_WHAT`. */
export type ErrorCode = keyof typeof ERROR_TABLE;

type Placeholders<Text extends string> = Text extends `${string}{${infer Name}}${infer Rest}`
  ? Name | Placeholders<Rest>
  : never;

/** The facts that the message and hint of a code need; more may be given. */
export type FactsOf<Code extends ErrorCode> = {
  readonly [Name in Placeholders<
    (typeof ERROR_TABLE)[Code]['message'] | (typeof ERROR_TABLE)[Code]['hint']
  >]: FactValue;
} & { readonly [more: string]: FactValue | undefined };

/** Puts facts into a message; a missing one stays visible as `{name}`. */
export const fillMessage = (
  template: string,
  facts: Readonly<Record<string, FactValue | undefined>>,
): string => template.replace(/\{(\w+)\}/g, (whole, name: string) => String(facts[name] ?? whole));

/** A refusal or failure that a person can act on. Bugs are plain `TypeError`s or failed assertions. */
export class NacreError<Code extends ErrorCode = ErrorCode> extends Error {
  readonly code: Code;
  readonly facts: Readonly<Record<string, FactValue | undefined>>;
  readonly hint: string;

  constructor(code: Code, facts: FactsOf<Code>, options: { readonly cause?: unknown } = {}) {
    const row: ErrorRow = ERROR_TABLE[code];
    super(fillMessage(row.message, facts), options);
    this.name = 'NacreError';
    this.code = code;
    this.facts = facts;
    this.hint = fillMessage(row.hint, facts);
  }

  /** Process exit code of cli.md. */
  get exitCode(): 1 | 2 | 3 {
    return ERROR_TABLE[this.code].exit;
  }
}

/** True for an error of the product, optionally with a certain code. */
export const isNacreError = <Code extends ErrorCode>(
  value: unknown,
  code?: Code,
): value is NacreError<Code> =>
  value instanceof NacreError && (code === undefined || value.code === code);
