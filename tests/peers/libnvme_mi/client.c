/* Asks an endpoint over libnvme-mi, and prints what the library made of the answers, a line each: NAME VALUE. */
#include <endian.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <libnvme-mi.h>

static nvme_mi_ep_t endpoint;
static nvme_mi_ctrl_t controller;

#define SAY(name, format, value) printf(name " " format "\n", value)
/* Prints a result: 0, an NVMe status, or an MI status behind 0x10000; -1 is the library's own word. */
#define TRY(name, call) do { int rc = call; printf(name ".rc %d%s%s\n", rc, \
	rc < 0 ? " " : "", rc < 0 ? strerror(errno) : ""); } while (0)

static void management(void)
{
	struct nvme_mi_read_nvm_ss_info subsystem = { 0 };
	struct nvme_mi_read_port_info port = { 0 };
	struct nvme_mi_read_ctrl_info info = { 0 };
	struct nvme_mi_nvm_ss_health_status health = { 0 };
	struct nvme_ctrl_list list = { 0 };
	enum nvme_mi_config_smbus_freq frequency = 0;
	uint16_t mtu = 0;

	TRY("subsystem", nvme_mi_mi_read_mi_data_subsys(endpoint, &subsystem));
	SAY("subsystem.ports", "%d", subsystem.nump + 1);
	SAY("subsystem.version", "%d", subsystem.mjr * 10 + subsystem.mnr);
	TRY("port0", nvme_mi_mi_read_mi_data_port(endpoint, 0, &port));
	SAY("port0.type", "%d", port.portt);
	TRY("port1", nvme_mi_mi_read_mi_data_port(endpoint, 1, &port));
	SAY("port1.type", "%d", port.portt);
	TRY("port9", nvme_mi_mi_read_mi_data_port(endpoint, 9, &port));
	TRY("controllers", nvme_mi_mi_read_mi_data_ctrl_list(endpoint, 0, &list));
	SAY("controllers.count", "%d", le16toh(list.num));
	TRY("controller", nvme_mi_mi_read_mi_data_ctrl(endpoint, 1, &info));
	SAY("controller.vendor", "%04x", le16toh(info.vid));
	TRY("health", nvme_mi_mi_subsystem_health_status_poll(endpoint, true, &health));
	SAY("health.celsius", "%d", health.ctemp);
	SAY("health.used", "%d", health.pdlu);
	SAY("health.nss", "%02x", health.nss);
	TRY("frequency", nvme_mi_mi_config_get_smbus_freq(endpoint, 1, &frequency));
	SAY("frequency.code", "%d", frequency);
	TRY("frequency.set", nvme_mi_mi_config_set_smbus_freq(endpoint, 1, NVME_MI_CONFIG_SMBUS_FREQ_400kHz));
	TRY("frequency.again", nvme_mi_mi_config_get_smbus_freq(endpoint, 1, &frequency));
	SAY("frequency.code2", "%d", frequency);
	TRY("mtu.set", nvme_mi_mi_config_set_mctp_mtu(endpoint, 0, 200));
	TRY("mtu", nvme_mi_mi_config_get_mctp_mtu(endpoint, 0, &mtu));
	SAY("mtu.octets", "%d", mtu);
	TRY("mtu.tooSmall", nvme_mi_mi_config_set_mctp_mtu(endpoint, 0, 63));
	TRY("scan", nvme_mi_scan_ep(endpoint, true));
}

static void identify(void)
{
	static struct nvme_id_ctrl id;
	static struct nvme_id_ns ns;
	static struct nvme_ns_list list;
	uint8_t part[72];

	TRY("identify", nvme_mi_admin_identify_ctrl(controller, &id));
	printf("identify.serial %.20s\n", id.sn);
	printf("identify.model %.40s\n", id.mn);
	SAY("identify.namespaces", "%u", le32toh(id.nn));
	SAY("identify.oacs", "%04x", le16toh(id.oacs));
	struct nvme_identify_args args = {
		.args_size = sizeof(args), .data = part, .cns = NVME_IDENTIFY_CNS_CTRL,
	};
	TRY("identify.part", nvme_mi_admin_identify_partial(controller, &args, 4, 20));
	printf("identify.partSerial %.20s\n", part);
	TRY("namespace", nvme_mi_admin_identify_ns(controller, 1, &ns));
	printf("namespace.blocks %llu\n", (unsigned long long)le64toh(ns.nsze));
	TRY("namespace.none", nvme_mi_admin_identify_ns(controller, 0, &ns));
	TRY("active", nvme_mi_admin_identify_active_ns_list(controller, 0, &list));
	SAY("active.first", "%u", le32toh(list.ns[0]));
	SAY("active.second", "%u", le32toh(list.ns[1]));
}

static void logs(void)
{
	static struct nvme_smart_log smart;
	static struct nvme_firmware_slot slots;
	static struct nvme_supported_log_pages supported;
	static struct nvme_error_log_page errors[4];
	uint32_t result = 0;

	TRY("smart", nvme_mi_admin_get_log_smart(controller, NVME_NSID_ALL, false, &smart));
	SAY("smart.kelvin", "%d", smart.temperature[0] | smart.temperature[1] << 8);
	SAY("smart.spare", "%d", smart.avail_spare);
	TRY("supported", nvme_mi_admin_get_log_supported_log_pages(controller, false, &supported));
	SAY("supported.smart", "%u", le32toh(supported.lid_support[2]) & 1);
	TRY("errors", nvme_mi_admin_get_log_error(controller, 4, false, errors));
	TRY("slots", nvme_mi_admin_get_log_fw_slot(controller, false, &slots));
	SAY("slots.active", "%d", slots.afi & 7);
	TRY("temperature", nvme_mi_admin_get_features_simple(controller, NVME_FEAT_FID_TEMP_THRESH, 0, &result));
	SAY("temperature.threshold", "%u", result);
	struct nvme_set_features_args set = {
		.args_size = sizeof(set), .fid = NVME_FEAT_FID_TEMP_THRESH, .cdw11 = 300, .result = &result,
	};
	TRY("temperature.set", nvme_mi_admin_set_features(controller, &set));
	TRY("temperature.again", nvme_mi_admin_get_features_simple(controller, NVME_FEAT_FID_TEMP_THRESH, 0, &result));
	SAY("temperature.threshold2", "%u", result);
}

static void changes(void)
{
	static struct nvme_id_ns ns;
	static struct nvme_ctrl_list list;
	static struct nvme_sanitize_log_page sanitize;
	static uint8_t image[4096] = "LIBNVME1";
	uint8_t protocols[8] = { 0 };
	uint32_t nsid = 0, result = 0;

	ns.nsze = ns.ncap = htole64(1000);
	TRY("create", nvme_mi_admin_ns_mgmt_create(controller, &ns, 0, &nsid));
	SAY("create.nsid", "%u", nsid);
	list.num = htole16(1);
	list.identifier[0] = htole16(1);
	TRY("attach", nvme_mi_admin_ns_attach_ctrls(controller, nsid, &list));
	TRY("attach.again", nvme_mi_admin_ns_attach_ctrls(controller, nsid, &list));
	TRY("detach", nvme_mi_admin_ns_detach_ctrls(controller, nsid, &list));
	TRY("delete", nvme_mi_admin_ns_mgmt_delete(controller, nsid));
	TRY("delete.again", nvme_mi_admin_ns_mgmt_delete(controller, nsid));
	struct nvme_fw_download_args download = {
		.args_size = sizeof(download), .result = &result, .data = image, .data_len = sizeof(image),
	};
	TRY("download", nvme_mi_admin_fw_download(controller, &download));
	struct nvme_fw_commit_args commit = {
		.args_size = sizeof(commit), .result = &result, .slot = 2,
		.action = NVME_FW_COMMIT_CA_REPLACE_AND_ACTIVATE_IMMEDIATE,
	};
	TRY("commit", nvme_mi_admin_fw_commit(controller, &commit));
	struct nvme_security_receive_args security = {
		.args_size = sizeof(security), .result = &result, .data = protocols,
		.data_len = sizeof(protocols), .al = sizeof(protocols),
	};
	TRY("security", nvme_mi_admin_security_recv(controller, &security));
	SAY("security.count", "%d", protocols[7]);
	struct nvme_format_nvm_args format = {
		.args_size = sizeof(format), .result = &result, .nsid = 1, .lbaf = 1,
	};
	TRY("format", nvme_mi_admin_format_nvm(controller, &format));
	TRY("format.namespace", nvme_mi_admin_identify_ns(controller, 1, &ns));
	SAY("format.lbaf", "%d", ns.flbas & 15);
	struct nvme_sanitize_nvm_args erase = {
		.args_size = sizeof(erase), .result = &result, .sanact = NVME_SANITIZE_SANACT_START_BLOCK_ERASE,
	};
	TRY("sanitize", nvme_mi_admin_sanitize_nvm(controller, &erase));
	TRY("sanitize.log", nvme_mi_admin_get_log_sanitize(controller, false, &sanitize));
	SAY("sanitize.state", "%d", le16toh(sanitize.sstat) & 7);
	TRY("sanitize.blocks", nvme_mi_admin_format_nvm(controller, &format));
}

int main(void)
{
	nvme_root_t root = nvme_mi_create_root(stderr, LOG_WARNING);

	endpoint = nvme_mi_open_mctp(root, 1, 8);
	if (!endpoint) {
		fprintf(stderr, "cannot open: %s\n", strerror(errno));
		return 1;
	}
	management();
	controller = nvme_mi_init_ctrl(endpoint, 0);
	identify();
	logs();
	changes();
	puts("end");
	return 0;
}
