/** What agents said of devices, and what happened to them. */
import { readHistory } from '../../devices/device-history.ts';
import { readDeviceReport } from '../../devices/device-report.ts';
import { route } from '../route.ts';
import { deviceReportShape, historyPage, historyQuery } from '../shapes/device-reports.ts';
import { devicePath } from '../shapes/devices.ts';

export const DEVICE_REPORT_ROUTES = [
  route({
    method: 'get',
    path: '/devices/:id/inventory',
    summary: 'What the agent of a device said last: hardware, disks, backup partition',
    area: 'devices',
    role: 'viewer',
    errors: ['MANAGER_NOT_FOUND', 'JOB_NO_CHECK_IN'],
    params: devicePath,
    answer: deviceReportShape,
    handle: ({ params }, { manager }) => readDeviceReport(manager, params.id),
  }),
  route({
    method: 'get',
    path: '/devices/:id/history',
    summary: 'What people decided of a device, and what its jobs did; the newest first',
    area: 'devices',
    role: 'viewer',
    errors: ['MANAGER_NOT_FOUND'],
    params: devicePath,
    query: historyQuery,
    answer: historyPage,
    handle: ({ params, query }, { manager }) => readHistory(manager, params.id, query),
  }),
];
